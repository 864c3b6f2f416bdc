import { describe, expect, test } from "vitest";
import type { EntryKind } from "./entities.ts";
import { CASE, CASE_ID, ENTRIES, GRANT, ITEM, ORGANISATION, RESOURCE, SOURCE } from "./test-entries.ts";
import { everythingIn, put, refusal, RegistryScene } from "./test-registry.ts";

const { open, openFilled } = new RegistryScene();

describe("references", () => {
  const invalidPuts: readonly (readonly [EntryKind, string, unknown, string])[] = [
    [
      "resource",
      "mining-licence",
      { ...RESOURCE, sources: { "340000": "nobody" } },
      "sources.340000: names a source that does not exist",
    ],
    ["resource", "second", { ...RESOURCE, id: "second" }, "sources.340000: names a source of another resource"],
    ["source", "anhui-mining", { ...SOURCE, resource: "nothing" }, "resource: names a resource that does not exist"],
    [
      "source",
      "anhui-mining",
      { ...SOURCE, settings: { kind: "table", columns: { mineral: "矿种" } } },
      "settings: columns.mineral: is no field of the resource",
    ],
    [
      "item",
      "MNR-1161-10",
      { ...ITEM, uses: { nothing: ["state"] } },
      "uses.nothing: names a resource that does not exist",
    ],
    [
      "item",
      "MNR-1161-10",
      { ...ITEM, uses: { "mining-licence": ["state", "mineral"] } },
      "uses.mining-licence.1: names a field that the resource does not have",
    ],
    [
      "item",
      "MNR-1161-10",
      { ...ITEM, uses: { "mining-licence": ["toString"] } },
      "uses.mining-licence.0: must not have a name that stands for something else already",
    ],
    ["grant", "anhui-mining", { ...GRANT, resource: "nothing" }, "resource: names a resource that does not exist"],
    [
      "grant",
      "anhui-mining",
      { ...GRANT, fields: ["mineral"] },
      "fields.0: names a field that the resource does not have",
    ],
    ["grant", "anhui-mining", { ...GRANT, items: ["MNR-1161-10", "X"] }, "items.1: names an item that does not exist"],
    ["case", CASE_ID, { ...CASE, item: "MNR-1161-99" }, "item: names an item that does not exist"],
    ["case", `${ORGANISATION}/other`, CASE, "id: must be the one that it is kept under"],
  ];

  test.each(invalidPuts)("%s %s is refused: %#", async (kind, id, entry, detail) => {
    const registry = await openFilled();
    await expect(put(registry, kind, id, entry)).rejects.toMatchObject(refusal("ENTRY_INVALID", detail));
    expect(await everythingIn(registry)).toHaveLength(ENTRIES.length);
  });

  const { state: _, ...fieldsWithoutState } = RESOURCE.fields;
  const { holderName: __, ...fieldsWithoutHolder } = RESOURCE.fields;
  test.each([
    [
      "the field of an item",
      "resource",
      "mining-licence",
      { ...RESOURCE, fields: fieldsWithoutHolder, licence: null },
      "the item MNR-1161-10 names it: uses.mining-licence.1: names a field that the resource does not have",
    ],
    [
      "the field of a grant",
      "resource",
      "mining-licence",
      { ...RESOURCE, fields: fieldsWithoutState, licence: null },
      /^the (item MNR-1161-10|grant anhui-mining) names it: /,
    ],
    [
      "a resource",
      "resource",
      "mining-licence",
      null,
      /^the (source|item|grant) [A-Za-z0-9-]+ names it: .*names a resource that does not exist$/,
    ],
    [
      "an item",
      "item",
      "MNR-1161-10",
      null,
      "the grant anhui-mining names it: items.0: names an item that does not exist",
    ],
    [
      "a source",
      "source",
      "anhui-mining",
      null,
      "the resource mining-licence names it: sources.340000: names a source that does not exist",
    ],
  ] as const)("taking out %s that others name is refused", async (_what, kind, id, entry, detail) => {
    const registry = await openFilled();
    const fault = await put(registry, kind, id, entry).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: "ENTRY_INVALID" });
    expect((fault as { readonly detail: string }).detail).toMatch(detail);
  });

  test("a change of the resource that its source's settings do not fit is refused", async () => {
    const registry = await openFilled();
    const { licenceNumber, ...fields } = RESOURCE.fields;
    const renamed = {
      ...RESOURCE,
      fields: { ...fields, number: licenceNumber },
      keys: [["number"]],
      licence: null,
    };
    await put(registry, "grant", "anhui-mining", null);
    await put(registry, "item", "MNR-1161-10", { ...ITEM, uses: {} });
    await expect(put(registry, "resource", "mining-licence", renamed)).rejects.toMatchObject(
      refusal(
        "ENTRY_INVALID",
        "the source anhui-mining names it: settings: columns.licenceNumber: is no field of the resource",
      ),
    );
  });

  test("an item with open cases stays, one with closed cases may go", async () => {
    const registry = await openFilled();
    await put(registry, "grant", "anhui-mining", null);
    await expect(put(registry, "item", "MNR-1161-10", null)).rejects.toMatchObject(
      refusal("ENTRY_INVALID", "an open case names it"),
    );
    await put(registry, "case", CASE_ID, { ...CASE, state: "closed" });
    await put(registry, "item", "MNR-1161-10", null);
    expect(registry.item("MNR-1161-10")).toBeNull();
  });

  test("an item goes neither together with a case that is just being opened for it", async () => {
    const registry = await openFilled();
    await put(registry, "grant", "anhui-mining", null);
    await put(registry, "case", CASE_ID, null);
    const each = await Promise.allSettled([
      put(registry, "case", CASE_ID, CASE),
      put(registry, "item", "MNR-1161-10", null),
    ]);
    expect(each).toMatchObject([{ status: "fulfilled" }, { status: "rejected", reason: { code: "ENTRY_INVALID" } }]);
  });

  test("in the right order everything can be taken out", async () => {
    const registry = await openFilled();
    const order: readonly (readonly [EntryKind, string, unknown])[] = [
      ["case", CASE_ID, null],
      ["grant", "anhui-mining", null],
      ["item", "MNR-1161-10", null],
      ["resource", "mining-licence", { ...RESOURCE, sources: {} }],
      ["source", "anhui-mining", null],
      ["resource", "mining-licence", null],
      ["client", "anhui-window", null],
    ];
    for (const [kind, id, entry] of order) await put(registry, kind, id, entry);
    expect([registry.resources(), registry.items(), registry.sources()]).toEqual([[], [], []]);
    await registry.close();
    expect(open().resources()).toEqual([]);
  });
});
