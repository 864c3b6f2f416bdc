import { describe, expect, test } from "vitest";
import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import { EMPTY_ROOT } from "#gateway/log/tlog/hashing.ts";
import { signNote } from "#gateway/log/tlog/signed-note.ts";
import { parseAddCheckpoint, refusalOf } from "./add-checkpoint.ts";
import { ORIGIN, requestOf, TestLog } from "./test-log.ts";

const log = new TestLog().grow(300);
const parse = (body: string | Uint8Array) => parseAddCheckpoint(typeof body === "string" ? Buffer.from(body) : body);
const HASH = EMPTY_ROOT.toString("base64");

describe("the form of a request", () => {
  test("old size, proof, empty line, checkpoint", () => {
    const { old, proof, note, text, checkpoint } = parse(log.request(77));
    expect([old, proof.map((hash) => hash.toString("base64"))]).toEqual([77, log.proof(77)]);
    expect([note, text]).toEqual([log.note(300, []) + note.slice(text.length + 1), log.text()]);
    expect(checkpoint).toEqual({ origin: ORIGIN, size: 300, root: log.root() });
  });

  test("no proof lines, and as many as there may be", () => {
    expect(parse(requestOf(0, [], log.note())).proof).toEqual([]);
    expect(
      parse(
        requestOf(
          1,
          Array.from({ length: 63 }, () => HASH),
          log.note(),
        ),
      ).proof,
    ).toHaveLength(63);
  });

  test("the largest size, and a checkpoint with lines of its own", () => {
    expect(parse(requestOf(Number.MAX_SAFE_INTEGER, [], log.note())).old).toBe(Number.MAX_SAFE_INTEGER);
    const extended = signNote(`${log.text()}extension\nanother one\n`, log.keys.signers);
    expect(parse(requestOf(0, [], extended))).toMatchObject({
      checkpoint: { size: 300 },
      text: `${log.text()}extension\nanother one\n`,
    });
  });

  test.each([
    ["nothing", ""],
    ["only a checkpoint", log.note()],
    ["no empty line", `old 0\n${log.text()}`],
    [
      "64 hashes",
      requestOf(
        1,
        Array.from({ length: 64 }, () => HASH),
        log.note(),
      ),
    ],
    ["a leading zero", requestOf("00", [], log.note())],
    ["a sign", requestOf("+1", [], log.note())],
    ["a minus", requestOf("-1", [], log.note())],
    ["a fraction", requestOf("1.5", [], log.note())],
    ["hexadecimal", requestOf("0x1", [], log.note())],
    ["other digits", requestOf("１", [], log.note())],
    ["more than can be counted", requestOf("9007199254740992", [], log.note())],
    ["no size", requestOf("", [], log.note())],
    ["two spaces", requestOf(" 0", [], log.note())],
    ["a carriage return", requestOf("0\r", [], log.note())],
    ["another word", requestOf(0, [], log.note()).replace("old", "new")],
    ["a capital", requestOf(0, [], log.note()).replace("old", "Old")],
    ["a byte order mark", `\ufeff${requestOf(0, [], log.note())}`],
    ["a short hash", requestOf(1, [HASH.slice(4)], log.note())],
    ["base64 without padding", requestOf(1, [HASH.slice(0, -1)], log.note())],
    ["base64 with stray bits", requestOf(1, [`${HASH.slice(0, -2)}V=`], log.note())],
    ["base64url", requestOf(1, [Buffer.alloc(32, 0xfb).toString("base64url")], log.note())],
    ["a hash with a space", requestOf(1, [` ${HASH}`], log.note())],
    ["no checkpoint", "old 0\n\n"],
    ["a checkpoint without signatures", requestOf(0, [], log.text())],
    ["a checkpoint of two lines", requestOf(0, [], signNote(`${ORIGIN}\n3\n`, log.keys.signers))],
    ["an empty extension line", requestOf(0, [], signNote(`${log.text()}\nmore\n`, log.keys.signers))],
    ["a size with a leading zero", requestOf(0, [], signNote(`${ORIGIN}\n0300\n${HASH}\n`, log.keys.signers))],
    ["no origin", requestOf(0, [], signNote(`\n300\n${HASH}\n`, log.keys.signers))],
    ["a root that is none", requestOf(0, [], signNote(`${ORIGIN}\n300\nAAAA\n`, log.keys.signers))],
    ["no last newline", requestOf(0, [], log.note()).slice(0, -1)],
    ["a control character", requestOf(0, [], log.note().replace(ORIGIN, `${ORIGIN}\u0007`))],
  ])("%s is refused", (_what, body) => {
    expect(() => parse(body)).toThrow(MalformedError);
  });

  test("bytes that are no UTF-8 are refused", () => {
    const body = Buffer.from(requestOf(0, [], log.note()));
    body[body.indexOf("gateway")] = 0xff;
    expect(() => parse(body)).toThrow(MalformedError);
  });
});

describe("what follows on what was seen", () => {
  const other = log.copyOf(100).grow(300, "otherwise");
  const seen = (size: number, of = log) => ({ size, root: of.root(size) });
  const asked = (old: number, size = 300, of = log) => parse(of.request(old, size));

  test.each([
    ["the first checkpoint of a log", asked(0), null],
    ["the first one, of no entries", asked(0, 0), null],
    ["one that grew", asked(100), seen(100)],
    ["one that grew from a power of two", asked(256), seen(256)],
    ["one that grew from a single entry", asked(1), seen(1)],
    ["the same once more", asked(300), seen(300)],
    ["nothing, once more", asked(0, 0), seen(0)],
    ["one that grew from nothing", asked(0), seen(0)],
    ["another history, of which the part before was never seen otherwise", asked(100, 300, other), seen(100)],
  ])("%s is cosigned", (_what, request, latest) => {
    expect(refusalOf(request, latest)).toBeNull();
  });

  test.each([
    ["a smaller tree than the old size says", asked(200, 150), seen(200), "OLD_SIZE_BEYOND"],
    ["a smaller tree, whatever was seen", asked(200, 150), null, "OLD_SIZE_BEYOND"],
    ["an old size of nothing when something was seen", asked(0), seen(100), "OLD_SIZE_DIFFERS"],
    ["an old size when nothing was seen", asked(100), null, "OLD_SIZE_DIFFERS"],
    ["an old size below", asked(99), seen(100), "OLD_SIZE_DIFFERS"],
    ["an old size above", asked(101), seen(100), "OLD_SIZE_DIFFERS"],
    ["an older checkpoint, honestly", asked(100, 100), seen(200), "OLD_SIZE_DIFFERS"],
    ["another tree of the same size", asked(300, 300, other), seen(300), "ROOT_DIFFERS"],
    ["another history", asked(200, 300, other), seen(200), "PROOF_REFUSED"],
    ["a proof of one hash too few", { ...asked(100), proof: asked(100).proof.slice(1) }, seen(100), "PROOF_REFUSED"],
    ["no proof", { ...asked(100), proof: [] }, seen(100), "PROOF_REFUSED"],
    [
      "a proof of one hash too many",
      { ...asked(100), proof: [...asked(100).proof, EMPTY_ROOT] },
      seen(100),
      "PROOF_REFUSED",
    ],
    ["a proof from nothing", { ...asked(0), proof: [EMPTY_ROOT] }, null, "PROOF_REFUSED"],
    ["a proof from the same to the same", { ...asked(300), proof: [EMPTY_ROOT] }, seen(300), "PROOF_REFUSED"],
    ["a proof in another order", { ...asked(100), proof: asked(100).proof.toReversed() }, seen(100), "PROOF_REFUSED"],
    ["a proof from another size", { ...asked(100), proof: asked(99).proof }, seen(100), "PROOF_REFUSED"],
  ] as const)("%s is refused", (_what, request, latest, code) => {
    expect(refusalOf(request, latest)).toBe(code);
  });
});
