import { randomBytes } from "node:crypto";
import { Client } from "pg";

/** Where tests find a PostgreSQL server that lets `postgres` in without a password. */
const ADMIN = { host: "127.0.0.1", port: 5432, user: "postgres", database: "test", ssl: false } as const;

/** A schema and a role of its own, with random names; `drop` leaves nothing behind. */
export type TestDatabase = {
  readonly schema: string;
  /** May use the schema; has no rights on anything in it until they are granted. */
  readonly role: string;
  readonly urlFor: (role: string) => string;
  /** As superuser. `$schema` and `$role` stand for the names. */
  readonly run: (sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** A further role without any rights. */
  readonly makeRole: (attributes?: string) => Promise<string>;
  readonly drop: () => Promise<void>;
};

/** Null when there is no server, which is told on stderr. */
export async function openTestDatabase(): Promise<TestDatabase | null> {
  const admin = new Client(ADMIN);
  try {
    await admin.connect();
  } catch {
    process.stderr.write(
      "No PostgreSQL on 127.0.0.1:5432 (role postgres, database test): tests with it are skipped.\n",
    );
    return null;
  }
  admin.on("error", () => undefined);
  const schema = `tongyan_${randomBytes(6).toString("hex")}`;
  const roles: string[] = [];
  const makeRole = async (attributes = "") => {
    const role = `${schema}_${roles.length}`;
    await admin.query(`CREATE ROLE ${role} LOGIN ${attributes}`);
    roles.push(role);
    await admin.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
    return role;
  };
  await admin.query(`CREATE SCHEMA ${schema}`);
  const role = await makeRole();

  return {
    schema,
    role,
    urlFor: (user) => `postgres://${user}@${ADMIN.host}:${ADMIN.port}/${ADMIN.database}`,
    async run(sql) {
      const text = sql.replaceAll("$schema", schema).replaceAll("$role", role);
      const results = await admin.query<unknown[]>({ text, rowMode: "array" });
      return results.rows ?? [];
    },
    makeRole,
    async drop() {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      for (const each of roles) await admin.query(`DROP OWNED BY ${each}; DROP ROLE ${each}`);
      await admin.end();
    },
  };
}
