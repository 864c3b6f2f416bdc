import { displayWidth, pad } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

/** One line on a terminal, written over as the upload goes on; nothing into a pipe. */
export type UploadProgress = {
  /** `bytes` on their way so far. */
  readonly sent: (bytes: number) => void;
  /** Takes the line away. */
  readonly stop: () => void;
};

/** Milliseconds between two looks. */
const EVERY = 200;

/** `total` in bytes. Until `stop`, a timer runs. */
export function showProgress(total: number, { stdout, isTerminal }: CommandIo): UploadProgress {
  if (!isTerminal) return { sent: () => undefined, stop: () => undefined };
  const state = { sent: 0, begun: performance.now(), allSent: 0, shown: "" };
  const write = (text: string): void => {
    if (text === state.shown) return;
    stdout(`\r${pad(text, displayWidth(state.shown))}`);
    state.shown = text;
  };
  const show = (): void => {
    const now = performance.now();
    if (state.sent < total) write(sendingLine(state.sent, total, (now - state.begun) / 1000));
    else write(waitingLine((now - state.allSent) / 1000));
  };
  show();
  const timer = setInterval(show, EVERY);
  return {
    sent(bytes) {
      state.sent = bytes;
      if (bytes >= total) state.allSent = performance.now();
    },
    stop() {
      clearInterval(timer);
      write("");
      stdout("\r");
    },
  };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Seconds since the first byte. */
export function sendingLine(sent: number, total: number, seconds: number): string {
  const percent = `${Math.floor((sent / total) * 100)}%`.padStart(4);
  const speed = seconds > 0 ? megabytes(sent / seconds) : "0.0";
  return `上传 sending ${percent}  ${megabytes(sent)} / ${megabytes(total)} MB  ${speed} MB/s`;
}

/** Seconds since the last byte: the service tells nothing before it is done. */
export const waitingLine = (seconds: number): string =>
  `已上传，服务正在逐行读取 sent; the service reads the rows  ${Math.floor(seconds)} s`;
