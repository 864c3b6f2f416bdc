import { SaxesParser } from "saxes";
import { UploadError } from "../../upload.ts";
import { malformed, type XlsxPackage } from "./package.ts";

export type XmlAttributes = Readonly<Record<string, string>>;

/** Names are without their prefix: the writers of workbooks differ in prefixes, not in names. */
export type XmlHandler = {
  readonly open?: (name: string, attributes: XmlAttributes) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
};

/** Characters between two tags, or within one: what a cell may hold (32,767) with room for other writings of them. */
const MAX_RUN = 1_048_576;
const MAX_DEPTH = 64;

/** Reads a part as XML 1.0 in UTF-8, in pieces. XLSX_MALFORMED also for a DOCTYPE, so that there are no entities of its own. */
export async function scanXml(archive: XlsxPackage, part: string, handler: XmlHandler): Promise<void> {
  const scan = new Scan(part, handler);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of archive.read(part)) scan.write(decodedBy(decoder, part, chunk));
  scan.write(decodedBy(decoder, part));
  scan.end();
}

export const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

function decodedBy(decoder: TextDecoder, part: string, chunk?: Buffer): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw malformed(`${part} is not UTF-8`);
  }
}

class Scan {
  readonly #part: string;
  readonly #parser = new SaxesParser({ xmlns: false, position: false });
  #run = 0;
  #depth = 0;

  constructor(part: string, { open, close, text }: XmlHandler) {
    this.#part = part;
    this.#parser.on("doctype", () => {
      throw malformed(`${part} has a DOCTYPE`);
    });
    this.#parser.on("error", () => {
      throw malformed(`${part} is not well-formed XML`);
    });
    this.#parser.on("opentag", ({ name, attributes }) => {
      this.#run = 0;
      this.#depth += 1;
      if (this.#depth > MAX_DEPTH) throw malformed(`${part} is nested too deeply`);
      open?.(localName(name), attributes);
    });
    this.#parser.on("closetag", ({ name }) => {
      this.#run = 0;
      this.#depth -= 1;
      close?.(localName(name));
    });
    if (text !== undefined) {
      this.#parser.on("text", text);
      this.#parser.on("cdata", text);
    }
  }

  write(text: string): void {
    this.#run += text.length;
    this.#parser.write(text);
    if (this.#run > MAX_RUN + text.length) throw new UploadError("XLSX_LIMIT", `${this.#part} has too long a text`);
  }

  end(): void {
    this.#parser.close();
  }
}
