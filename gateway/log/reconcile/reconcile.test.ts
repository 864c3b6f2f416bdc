import { beforeEach, describe, expect, test } from "vitest";
import type { StatementKey } from "#connectors/peer/statement.ts";
import { type DifferenceCode, DIFFERENCES } from "./differences.ts";
import { reconcile, type ReconciledSide } from "./reconcile.ts";
import type { ScannedExchange } from "./scanned-exchange.ts";
import { counterReceipt, exchange, inquiry, TestGateway } from "./test-peers.ts";

let a: TestGateway;
let b: TestGateway;
beforeEach(() => {
  a = new TestGateway("anhui");
  b = new TestGateway("guangdong");
});

const sideOf = (gateway: TestGateway, own: Partial<ReconciledSide> = {}): ReconciledSide => ({
  side: gateway.side,
  issuer: null,
  client: null,
  ...own,
});
const both = (keys: readonly StatementKey[] = [a.key, b.key]) => reconcile(sideOf(a), sideOf(b), keys);
const NONE = { onlyAsking: [], onlyAnswering: [], disagreeing: [] };

describe("alike", () => {
  test("in both directions, with every signature checked", async () => {
    for (let at = 0; at < 3; at++) await exchange(a, b);
    await exchange(b, a);
    expect(await both()).toMatchObject({
      directions: [
        { asking: "anhui-gateway", answering: "guangdong-gateway", agreeing: 3, unacknowledged: 0, ...NONE },
        { asking: "guangdong-gateway", answering: "anhui-gateway", agreeing: 1, ...NONE },
      ],
      signatures: { right: 8, unchecked: 0 },
      nameless: 0,
    });
  });

  test("nothing at all", async () => {
    expect(await both()).toMatchObject({
      directions: [
        { agreeing: 0, ...NONE },
        { agreeing: 0, ...NONE },
      ],
    });
  });

  test("what neither asked the other is not looked at", async () => {
    a.add(inquiry(a.newId(), "window", null));
    b.add(inquiry(b.newId(), "window", null));
    expect(await both()).toMatchObject({
      directions: [
        { agreeing: 0, ...NONE },
        { agreeing: 0, ...NONE },
      ],
    });
  });

  test("without keys the signatures are counted as not checked", async () => {
    await exchange(a, b);
    expect((await both([])).signatures).toEqual({ right: 0, unchecked: 2 });
    expect((await both([b.key])).signatures).toEqual({ right: 1, unchecked: 1 });
  });

  test("without a counter-receipt: alike, and said so", async () => {
    await exchange(a, b, { acknowledged: false });
    expect((await both()).directions[0]).toMatchObject({ agreeing: 1, unacknowledged: 1, ...NONE });
  });

  test("erased on either side, the other still stands", async () => {
    const [one, two] = [await exchange(a, b), await exchange(a, b)];
    b.erase(one.answering);
    a.erase(two.asking);
    expect((await both()).directions[0]).toMatchObject({ agreeing: 2, erased: 2, ...NONE });
  });

  test("a register's match out of a verification is the match that the other answered", async () => {
    const { asking, answering, receipt } = await exchange(a, b);
    const { purpose, resource, region } = inquiry("", "", null).request;
    const source = { id: "peer", asOf: "", reference: "", receipt };
    const verification = { kind: "verification", request: { register: { purpose, resource, region } }, source };
    a.remove(asking);
    a.exchanges.push({ id: asking, time: "", record: { id: asking, ...verification } as unknown as null });
    b.remove(answering);
    b.add(inquiry(answering, a.client, null, { kind: "match", outcome: { result: "MATCHED", code: null } }));
    expect((await both()).directions[0]).toMatchObject({ agreeing: 1, ...NONE });
  });
});

describe("only on one side", () => {
  test("the answering side lacks it", async () => {
    await exchange(a, b);
    const gone = await exchange(a, b);
    b.remove(gone.answering);
    expect((await both()).directions[0]).toMatchObject({
      agreeing: 1,
      onlyAsking: [{ code: "NOT_ANSWERED", asking: gone.asking, answering: gone.answering, detail: "" }],
      onlyAnswering: [],
      disagreeing: [],
    });
    expect((await both([])).directions[0].onlyAsking).toMatchObject([{ detail: "signature not checked" }]);
  });

  test("the answering side lacks it together with its counter-receipt", async () => {
    await exchange(a, b);
    const gone = await exchange(a, b, { acknowledged: false });
    b.remove(gone.answering);
    expect((await both()).directions[0].onlyAsking).toMatchObject([{ answering: gone.answering }]);
  });

  test("the answering side lacks all of them", async () => {
    const gone = await exchange(a, b, { acknowledged: false });
    b.remove(gone.answering);
    expect((await both()).directions[0].onlyAsking).toHaveLength(1);
  });

  test("the asking side lacks what it signed for", async () => {
    await exchange(a, b);
    const gone = await exchange(a, b);
    a.remove(gone.asking);
    expect((await both()).directions[0]).toMatchObject({
      agreeing: 1,
      onlyAsking: [],
      onlyAnswering: [{ code: "NOT_ASKED", asking: gone.asking, answering: gone.answering }],
    });
  });

  test("the asking side lacks what it did not sign for: the answer may have been lost", async () => {
    await exchange(a, b);
    const gone = await exchange(a, b, { acknowledged: false });
    a.remove(gone.asking);
    expect((await both()).directions[0].onlyAnswering).toMatchObject([
      { code: "NOT_RECEIVED", asking: null, answering: gone.answering },
    ]);
  });

  test("also when it comes before the first that tells who the asking side is there", async () => {
    const gone = await exchange(a, b, { acknowledged: false });
    a.remove(gone.asking);
    await exchange(a, b, { acknowledged: false });
    expect((await both()).directions[0].onlyAnswering).toMatchObject([{ answering: gone.answering }]);
  });

  test("the asking side lacks all of them", async () => {
    const gone = await exchange(a, b);
    a.remove(gone.asking);
    expect((await both()).directions[0].onlyAnswering).toMatchObject([{ code: "NOT_ASKED" }]);
  });

  test("a refusal is no exchange that the other has to have", async () => {
    await exchange(a, b);
    b.add(inquiry(b.newId(), a.client, null, { outcome: { result: "DENIED", code: "NO_GRANT" } }));
    expect((await both()).directions[0]).toMatchObject({ agreeing: 1, ...NONE });
  });
});

describe("dealings with others", () => {
  test("are counted, and not taken for each other's", async () => {
    const c = new TestGateway("shache");
    await exchange(a, b);
    await exchange(a, c);
    await exchange(c, b);
    const [direction] = (await both()).directions;
    expect(direction).toMatchObject({ agreeing: 1, ...NONE, elsewhere: { "https://shache.example": 1 } });
  });

  test("with nothing between the two, names tell whose is missing", async () => {
    const c = new TestGateway("shache");
    const gone = await exchange(a, b);
    await exchange(a, c);
    b.remove(gone.answering);
    const named = await reconcile(sideOf(a), sideOf(b, { issuer: b.issuer }), []);
    expect(named.directions[0]).toMatchObject({
      onlyAsking: [{ answering: gone.answering }],
      elsewhere: { [c.issuer]: 1 },
    });

    const lost = await exchange(b, a);
    const others = await exchange(c, a);
    b.remove(lost.asking);
    const clients = await reconcile(sideOf(a), sideOf(b, { client: b.client }), []);
    expect(clients.directions[1].onlyAnswering).toMatchObject([{ answering: lost.answering }]);
    expect(JSON.stringify(clients.directions[1].onlyAnswering)).not.toContain(others.answering);
  });
});

describe("disagreeing", () => {
  type Change = () => Promise<unknown>;
  const rows: [DifferenceCode, Change][] = [
    ["RECEIPT_MALFORMED", async () => a.add(inquiry(a.newId(), "window", "no.jws"))],
    [
      "RECEIPT_FORGED",
      async () => {
        const { asking, receipt } = await exchange(a, b);
        a.remove(asking);
        a.add(inquiry(asking, "window", receipt.replace(/.{4}$/, "AAAA")));
      },
    ],
    [
      "RECEIPT_TWICE",
      async () => {
        const { receipt } = await exchange(a, b);
        a.add(inquiry(a.newId(), "window", receipt));
      },
    ],
    [
      "COUNTER_RECEIPT_FORGED",
      async () => {
        const exchanged = await exchange(a, b, { acknowledged: false });
        const record = await counterReceipt(a, b, exchanged);
        b.add({ ...record, receipt: record.receipt.replace(/.{4}$/, "AAAA") });
      },
    ],
    ["OTHER_RECEIPT", () => exchange(a, b, { counterClaims: { receipt: "sha-256=:AAAA:" } })],
    ["OTHER_EXCHANGE", () => exchange(a, b, { counterClaims: { exchange: "other" } })],
    ["OTHER_EXCHANGE", () => exchange(a, b, { counterClaims: { of: "other" } })],
    [
      "OTHER_FACTS",
      async () => {
        const { answering } = await exchange(a, b);
        b.remove(answering);
        b.add(inquiry(answering, a.client, null, { kind: "match" }));
      },
    ],
    [
      "OTHER_FACTS",
      async () => {
        const { asking, receipt } = await exchange(a, b);
        a.remove(asking);
        const { request, ...rest } = inquiry(asking, "window", receipt);
        a.add({ ...rest, request: { ...request, purpose: { ...request.purpose, caseNumber: "case-2" } } });
      },
    ],
    [
      "OTHER_FACTS",
      async () => {
        const { answering } = await exchange(a, b);
        b.remove(answering);
        b.add(inquiry(answering, a.client, null, { outcome: { result: "DENIED", code: null } }));
      },
    ],
  ];

  test.each(rows)("%s", async (code, change) => {
    await change();
    const [{ disagreeing, onlyAsking, onlyAnswering }] = (await both()).directions;
    expect([disagreeing, onlyAsking, onlyAnswering]).toMatchObject([[{ code }], [], []]);
  });

  test("every kind of difference is shown by a test here", () => {
    const only = ["NOT_ANSWERED", "NOT_ASKED", "NOT_RECEIVED"];
    expect([...new Set([...rows.map(([code]) => code), ...only])].sort()).toEqual(Object.keys(DIFFERENCES).sort());
  });

  test("a forged receipt cannot accuse the other of a missing exchange", async () => {
    const { asking, answering, receipt } = await exchange(a, b);
    const forger = new TestGateway("guangdong");
    const claims = JSON.parse(Buffer.from(receipt.split(".")[1] ?? "", "base64url").toString());
    const forged = await forger.sign({ ...claims, exchange: b.newId() }, "tongyan-receipt+jwt");
    a.remove(asking);
    a.add(inquiry(asking, "window", forged));
    const [direction] = (await both()).directions;
    expect(direction).toMatchObject({ onlyAsking: [], disagreeing: [{ code: "RECEIPT_FORGED" }] });
    expect(direction.onlyAnswering).toMatchObject([{ answering }]);
  });

  test("a counter-receipt does not pass for a receipt", async () => {
    const { asking, answering, receipt } = await exchange(a, b);
    const claims = JSON.parse(Buffer.from(receipt.split(".")[1] ?? "", "base64url").toString());
    a.remove(asking);
    a.add(inquiry(asking, "window", await b.sign(claims, "tongyan-counter-receipt+jwt")));
    const [direction] = (await both()).directions;
    expect(direction.disagreeing).toMatchObject([{ code: "RECEIPT_FORGED", answering }]);
  });
});

describe("sides that cannot be read", () => {
  test("a record of a form that is not known", async () => {
    const id = a.newId();
    a.exchanges.push({ id, time: "", record: { id, kind: "lookup", source: { receipt: "x" } } as unknown as null });
    await expect(both()).rejects.toMatchObject({ name: "ScanError" });
  });

  test("erased exchanges without a name are counted", async () => {
    const nameless: ScannedExchange = { id: null, time: "", record: null };
    a.exchanges.push(nameless, nameless);
    expect((await both()).nameless).toBe(2);
  });
});
