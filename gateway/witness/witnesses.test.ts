import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openNote } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { TestLog } from "./test-log.ts";
import { codesOf, history, PublishedLog, until, WitnessScene } from "./test-scene.ts";

let scene: WitnessScene;
beforeEach(() => {
  scene = new WitnessScene();
});
afterEach(() => scene.close());

describe("cosignatures", () => {
  test("of all witnesses stand under the checkpoint, and hold", async () => {
    const [first, second] = [await scene.witness("witness.example/w1"), await scene.witness("witness.example/w2")];
    const asking = scene.ask([first.address, second.address]);
    for (const size of [1, 100, 256, 400]) {
      await scene.log.publish(history, size);
      const [cosigned, names] = scene.log.last();
      expect([cosigned, [...names].sort()]).toEqual([size, ["witness.example/w1", "witness.example/w2"]]);
    }
    const verifiers = [...history.keys.vkeys, first.vkey, second.vkey].map((vkey) => readVerifierKey(vkey).verifier);
    expect(openNote(scene.log.published.at(-1) ?? "", verifiers).verified).toHaveLength(4);
    expect(asking.state()).toMatchObject([
      { name: "witness.example/w1", size: 400, fault: null },
      { name: "witness.example/w2", size: 400, fault: null },
    ]);
  });

  test("go on after a restart, from whatever size the witness cosigned", async () => {
    const { address } = await scene.witness("w1");
    const before = scene.ask([address]);
    await scene.log.publish(history, 123);
    await before.close();
    scene.ask([address]);
    await scene.log.publish(history, 321);
    expect(scene.log.last()).toEqual([321, ["w1"]]);
  });

  test("of a checkpoint that has them already are not published again", async () => {
    const { address } = await scene.witness("w1");
    scene.ask([address]);
    await scene.log.publish(history, 10);
    await scene.log.publish(history, 10);
    expect(scene.log.published).toHaveLength(1);
  });

  test("that cannot be published are told of, and the next ones are", async () => {
    const { address } = await scene.witness("w1");
    const asking = scene.ask([address]);
    scene.log.refuses = true;
    await scene.log.publish(history, 10);
    expect(scene.lines.map(({ message }) => message)).toContain("a cosignature is not published");
    scene.log.refuses = false;
    await scene.log.publish(history, 20);
    expect([scene.log.last(), codesOf(asking)]).toEqual([[20, ["w1"]], [null]]);
  });

  test("a witness that is away holds nobody up, and cosigns the newest when it is back", async () => {
    const [first, second] = [await scene.witness("w1"), await scene.witness("w2")];
    const asking = scene.ask([first.address, second.address]);
    await scene.log.publish(history, 10);
    await second.stop();
    for (const size of [20, 30, 40]) await scene.log.publish(history, size);
    expect(scene.log.last()).toEqual([40, ["w1"]]);
    expect(codesOf(asking)).toEqual([null, "UNREACHABLE"]);
    await second.restart();
    await until(() => expect(scene.log.last()).toEqual([40, ["w1", "w2"]]));
    expect(codesOf(asking)).toEqual([null, null]);
    expect(scene.alarms()).toEqual([]);
  });

  test("a checkpoint whose proof the log cannot make", async () => {
    const { address } = await scene.witness("w1");
    const asking = scene.ask([address]);
    await scene.log.publish(history, 10);
    const broken = history.copyOf(20);
    vi.spyOn(broken, "proof").mockImplementation(() => {
      throw new Error("a tile is missing");
    });
    await scene.log.publish(broken, 20);
    expect(asking.state()).toMatchObject([{ size: 10, fault: { code: "PROOF_MISSING", detail: "a tile is missing" } }]);
  });
});

describe("a split view", () => {
  test("a log that was restored from an older copy is refused at every size, and shown", async () => {
    const { address, lines: seenByWitness } = await scene.witness("w1");
    const asking = scene.ask([address]);
    await scene.log.publish(history, 300);
    const restored = history.copyOf(200).grow(400, "after the restore");

    await scene.log.publish(restored, 200);
    expect(asking.state()).toMatchObject([{ size: 300, fault: { code: "HISTORY_SHORTER", seen: 300 } }]);
    await scene.log.publish(restored, 300);
    await until(() => expect(codesOf(asking)).toEqual(["HISTORY_DIFFERS"]));
    await scene.log.publish(restored, 400);
    await until(() => expect(seenByWitness.map(({ code }) => code)).toContain("PROOF_REFUSED"));
    expect(codesOf(asking)).toEqual(["HISTORY_DIFFERS"]);

    expect(scene.alarms()).toEqual(["HISTORY_SHORTER", "HISTORY_DIFFERS"]);
    expect(seenByWitness.map(({ code }) => code)).toContain("ROOT_DIFFERS");
    expect(scene.log.last()).toEqual([300, ["w1"]]);
    expect(scene.log.published).toHaveLength(1);
  });

  test("of two logs under one key, whichever is seen second is refused", async () => {
    const { address } = await scene.witness("w1");
    scene.ask([address]);
    await scene.log.publish(history, 50);
    const twin = new PublishedLog();
    const second = new TestLog(history.keys).grow(60, "another story");
    const asking = scene.ask([address], { log: twin });
    await twin.publish(second, 60);
    expect(codesOf(asking)).toEqual(["HISTORY_DIFFERS"]);
    expect([twin.published, scene.alarms()]).toEqual([[], ["HISTORY_DIFFERS"]]);
    await scene.log.publish(history, 70);
    expect(scene.log.last()).toEqual([70, ["w1"]]);
  });

  test("stays an alarm while the witness is away, and ends when it cosigns the history that it knows", async () => {
    const one = await scene.witness("w1");
    const asking = scene.ask([one.address]);
    await scene.log.publish(history, 300);
    await scene.log.publish(history.copyOf(200), 200);
    await one.stop();
    const [told, asked] = [scene.lines.length, scene.questions];
    await until(() => expect(scene.questions).toBeGreaterThan(asked + 3));
    expect([codesOf(asking), scene.lines.length]).toEqual([["HISTORY_SHORTER"], told]);
    await one.restart();
    await scene.log.publish(history, 350);
    await until(() => expect(codesOf(asking)).toEqual([null]));
    expect(scene.lines.at(-1)).toMatchObject({ message: "a witness cosigns", size: 350 });
  });
});
