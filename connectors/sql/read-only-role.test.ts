import { afterAll, afterEach, describe, expect, test } from "vitest";
import { NOW } from "./test-resource.ts";
import { ask, failure, NUMBER, openTestRegister, patient } from "./test-register.ts";

const register = await openTestRegister();
afterEach(() => register.closeSources());
afterAll(() => register.drop());

describe.skipIf(!register.reachable)("a role that can do more than read", () => {
  const refused = async (role: string) => {
    const source = register.open({ role });
    const error = await failure(ask(source, NUMBER));
    expect(error).toMatchObject({ code: "SOURCE_REFUSED", detail: expect.stringContaining("role") });
    expect(await source.health(patient())).toMatchObject({
      status: "unavailable",
      zh: expect.stringContaining("只读角色"),
    });
    return error.detail;
  };

  test("a superuser is refused", async () => {
    expect(await refused("postgres")).toContain("superuser");
  });

  test.each(["INSERT", "UPDATE", "DELETE", "TRUNCATE", "UPDATE (state)"])(
    "%s on the view is refused",
    async (right) => {
      const role = await register.makeRole();
      await register.run(`GRANT SELECT, ${right} ON $schema."V" TO ${role}`);
      expect(await refused(role)).toContain("write");
    },
  );

  test("what it could do as a member of another role counts", async () => {
    const writer = await register.makeRole();
    const member = await register.makeRole("NOINHERIT");
    await register.run(`
      GRANT DELETE ON $schema."V" TO ${writer};
      GRANT SELECT ON $schema."V" TO ${member};
      GRANT ${writer} TO ${member}`);
    expect(await refused(member)).toContain("write");
  });

  test("a right given later is noticed after a minute, and so is that it was taken away", async () => {
    let now = NOW;
    const role = await register.makeRole();
    await register.run(`GRANT SELECT ON $schema."V" TO ${role}`);
    const source = register.open({ role, clock: () => now });
    expect(await ask(source, NUMBER)).toMatchObject({ kind: "found" });
    await register.run(`GRANT DELETE ON $schema."V" TO ${role}`);
    now += 61_000;
    expect((await failure(ask(source, NUMBER))).code).toBe("SOURCE_REFUSED");
    await register.run(`REVOKE DELETE ON $schema."V" FROM ${role}`);
    now += 61_000;
    expect(await ask(source, NUMBER)).toMatchObject({ kind: "found" });
  });

  test("a view that writes when it is read cannot", async () => {
    await register.run(`
      CREATE TABLE $schema.visits (at timestamptz);
      CREATE FUNCTION $schema.visit() RETURNS boolean LANGUAGE sql SECURITY DEFINER
        AS 'INSERT INTO $schema.visits VALUES (now()) RETURNING true';
      CREATE VIEW $schema.watched AS SELECT * FROM $schema.register WHERE $schema.visit();
      GRANT SELECT ON $schema.watched TO $role`);
    expect(await failure(ask(register.open({ view: "watched" }), NUMBER))).toMatchObject({
      code: "SOURCE_REFUSED",
      detail: expect.stringContaining("25006"),
    });
    expect(await register.run("SELECT * FROM $schema.visits")).toEqual([]);
  });
});
