import type { EventEmitter } from "node:events";
import { isIP, Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, TLSSocket } from "node:tls";
import { addressRefusal } from "../address-check.ts";
import { addressError, checkedLookup, type Reach } from "../checked-lookup.ts";
import { SourceError } from "../source-error.ts";

/** `tls`: null for none. `patience`: milliseconds until the connection has to be ready for questions. */
export type Route = Reach & { readonly tls: ConnectionOptions | null; readonly patience: number };

/** Bytes until the first question: authentication and parameters. */
const GREETING = 65_536;
/** PostgreSQL manual 55.2.10. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]);
const YES = "S";

/**
 * A connection to a database, as pg wants its stream: `connect` comes later, and `connect` is emitted once TLS is up. Whatever the
 * server sends ends nothing but this stream: too much of it, or what pg cannot read. Only addresses that may be reached are connected
 * to, judged anew each time. All errors that are found here are SourceErrors.
 */
export class DatabaseStream extends Duplex {
  readonly #route: Route;
  #socket: Socket | null = null;
  #left = GREETING;
  #patience: NodeJS.Timeout | undefined;

  constructor(route: Route) {
    super({ allowHalfOpen: false });
    this.#route = route;
  }

  connect(port: number, host: string): this {
    const silent = () => this.destroy(new SourceError("SOURCE_TIMEOUT", "the database is silent", { sent: false }));
    this.#patience = setTimeout(silent, this.#route.patience);
    this.#open(port, host).then(
      () => this.emit("connect"),
      (error: Error) => this.destroy(error),
    );
    return this;
  }

  /** From here on the server may send so many bytes. */
  allow(bytes: number): void {
    clearTimeout(this.#patience);
    this.#left = bytes;
  }

  /** For channel binding. */
  getPeerCertificate(): ReturnType<TLSSocket["getPeerCertificate"]> | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket.getPeerCertificate() : undefined;
  }

  setNoDelay(): this {
    return this;
  }
  ref(): this {
    this.#socket?.ref();
    return this;
  }
  unref(): this {
    this.#socket?.unref();
    return this;
  }

  /** A listener that throws at bytes it cannot read would end the process. */
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== "data") return super.emit(event, ...values);
    try {
      return super.emit(event, ...values);
    } catch {
      this.destroy(new SourceError("SOURCE_MALFORMED", "the database does not keep to PostgreSQL's protocol"));
      return true;
    }
  }

  async #open(port: number, host: string): Promise<void> {
    const socket = this.#watch(new Socket());
    connectSocket(socket, { port, host }, this.#route);
    await next(socket, "connect");
    const { tls } = this.#route;
    const secured = tls === null ? socket : this.#watch(await secure(socket, host, tls));
    if (secured instanceof TLSSocket) await next(secured, "secureConnect");
    secured.on("data", (chunk: Buffer) => this.#receive(chunk));
    secured.on("end", () => this.push(null));
  }

  #watch<Kind extends Socket>(socket: Kind): Kind {
    this.#socket = socket;
    if (this.destroyed) socket.destroy();
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => socket.readableEnded || this.destroy());
    return socket;
  }

  #receive(chunk: Buffer): void {
    this.#left -= chunk.length;
    if (this.#left < 0) this.destroy(new SourceError("SOURCE_TOO_LARGE", "more bytes came than are allowed"));
    else if (!this.push(chunk)) this.#socket?.pause();
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket === null) done(new Error("not connected"));
    else this.#socket.write(chunk, done);
  }

  override _writev(pieces: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(pieces.map(({ chunk }) => chunk)), "utf8", done);
  }

  /** The server's end of the connection is not waited for. */
  override _final(done: () => void): void {
    this.#socket?.destroySoon();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#patience);
    this.#socket?.destroy();
    done(error);
  }
}

/** No name, no lookup: an address in the URL is judged here. */
function connectSocket(socket: Socket, target: { readonly port: number; readonly host: string }, reach: Reach): void {
  const { host, port } = target;
  const refusal = isIP(host) === 0 ? null : addressRefusal(host, reach.transport, reach.allowed);
  socket.setNoDelay().setKeepAlive(true);
  if (refusal === null) socket.connect({ port, host, lookup: checkedLookup(reach) });
  else process.nextTick(() => socket.destroy(addressError(host, refusal)));
}

/** Anything but one byte before TLS is up was put there by somebody else (CVE-2021-23222). */
async function secure(socket: Socket, host: string, tls: ConnectionOptions): Promise<TLSSocket> {
  socket.write(SSL_REQUEST);
  const answer: unknown = await next(socket, "data");
  if (String(answer) !== YES) throw new SourceError("SOURCE_UNTRUSTED", "the database refuses TLS", { sent: false });
  return connectTls({ ...tls, socket, host, ...(isIP(host) === 0 && { servername: host }) });
}

/** The first value of an event. A connection that ends before is a failure too. */
function next(socket: EventEmitter, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once(event, (value: unknown) => resolve(value));
    socket.once("error", reject);
    socket.once("close", () => reject(new SourceError("SOURCE_UNAVAILABLE", "the database hung up", { sent: false })));
  });
}
