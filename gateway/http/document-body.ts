import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { Fault } from "#gateway/fault.ts";
import { drain } from "./body-stream.ts";
import type { DigestCheck } from "./content-digest.ts";
import { DocumentBuffer } from "./document-buffer.ts";
import { essenceOf, MULTIPART } from "./media-type.ts";
import { digestCheckOf } from "./request-body.ts";

/** `length` in bytes; `take` as of DocumentBuffer; `release` gives the document's room back. */
export type ReceivedDocument = {
  readonly length: number;
  readonly sha256: string;
  readonly take: () => Uint8Array<ArrayBuffer> | null;
  readonly release: () => void;
};

export type IntakeBounds = {
  /** Of one document. */
  readonly maxBytes: number;
  /** Of all documents that are being received or verified, apart from `reserve`. */
  readonly maxHeldBytes: number;
  /** Kept free for small documents: a few large ones that dribble in must not shut everybody else out. */
  readonly reserve: number;
  /** Longest silence of a sender, milliseconds. */
  readonly maxSilence: number;
};

/** Part of `maxBytes` up to which a document is small; by default 2 MiB, more than nearly every licence has. */
const SMALL = 1 / 64;
/** Boundaries and headers around the one part. */
const MULTIPART_OVERHEAD = 64 * 1024;

/** What @fastify/multipart may let through; Intake decides on the rest. */
export const MULTIPART_OPTIONS = {
  throwFileSizeLimit: false,
  limits: { files: 1, fields: 1, parts: 2, fieldNameSize: 64, fieldSize: 1024, headerPairs: 16, fileSize: Infinity },
};

/** Receives documents, one per request, within bounds on each and on all together. */
export class Intake {
  readonly #bounds: IntakeBounds;
  #held = 0;

  constructor(bounds: IntakeBounds) {
    this.#bounds = bounds;
  }

  /** Before the body is read: whether it is longer than a document may be. */
  inspectLength(request: FastifyRequest): void {
    const allowance = isMultipart(request) ? MULTIPART_OVERHEAD : 0;
    if (declaredLength(request) > this.#bounds.maxBytes + allowance) throw this.#tooLarge();
  }

  async receive(request: FastifyRequest): Promise<ReceivedDocument> {
    const check = digestCheckOf(request);
    if (isMultipart(request)) return await this.#receiveForm(request);
    return await this.#receiveStream(request.body as Readable, declaredLength(request), check);
  }

  async #receiveForm(request: FastifyRequest): Promise<ReceivedDocument> {
    let document: ReceivedDocument | null = null;
    try {
      for await (const part of request.parts()) {
        if (document !== null || part.type !== "file" || part.fieldname !== "file") {
          throw new Fault("MULTIPART_INVALID");
        }
        document = await this.#receiveStream(part.file, declaredLength(request), null);
      }
    } catch (error) {
      document?.release();
      // What is left of the form is discarded unread, as drain() does with a raw body.
      request.raw.unpipe().resume();
      throw error instanceof Fault ? error : new Fault("MULTIPART_INVALID", undefined, { cause: error });
    }
    if (document === null) throw new Fault("MULTIPART_INVALID", "no part is there");
    return document;
  }

  async #receiveStream(stream: Readable, capacity: number, check: DigestCheck | null): Promise<ReceivedDocument> {
    const document = new DocumentBuffer(capacity);
    const hash = createHash("sha256");
    let held = 0;
    const release = (): void => {
      this.#held -= held;
      held = 0;
      document.discard();
    };
    const take = (chunk: Buffer): void => {
      held += chunk.length;
      this.#held += chunk.length;
      if (held > this.#bounds.maxBytes) throw this.#tooLarge();
      if (this.#held > this.#roomFor(held)) throw new Fault("BUSY");
      hash.update(chunk);
      check?.update(chunk);
      document.add(chunk);
    };
    try {
      await drain(stream, take, this.#bounds.maxSilence);
      if (held === 0) throw new Fault("EMPTY_BODY");
      check?.finish();
      return { length: held, sha256: hash.digest("hex"), take: () => document.take(), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #roomFor(length: number): number {
    const { maxBytes, maxHeldBytes, reserve } = this.#bounds;
    return length > SMALL * maxBytes ? maxHeldBytes : maxHeldBytes + reserve;
  }

  #tooLarge(): Fault {
    return new Fault("BODY_TOO_LARGE", `a document may have ${this.#bounds.maxBytes} bytes`);
  }
}

/** Of the whole body; 0 when it comes in chunks. The parser of HTTP holds the sender to it. */
const declaredLength = (request: FastifyRequest): number => Number(request.headers["content-length"] ?? 0);

const isMultipart = (request: FastifyRequest): boolean => essenceOf(request.headers["content-type"]) === MULTIPART;
