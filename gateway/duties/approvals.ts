import { randomUUIDv7 } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { normalise } from "#connectors/compare.ts";
import { Fault } from "#gateway/fault.ts";
import { AT_ONCE, type DutiesStore } from "./duties-store.ts";

/** A request that waits for a second official. `digest` stands for the whole request, keys and fields included. */
export type ApprovalRequest = {
  readonly digest: string;
  readonly organisation: string;
  readonly client: string;
  readonly official: string;
  readonly resource: string;
  readonly item: string;
  readonly caseNumber: string;
};
/** As its approver sees it. Times are RFC 3339. */
export type WaitingApproval = Omit<ApprovalRequest, "digest"> & { readonly id: string; readonly requestedAt: string };

/** Who decides: an official of the same organisation, under another client and another name than who asked. */
export type Approver = { readonly organisation: string; readonly client: string; readonly official: string };

export type Approvals = {
  /** The identifier to come back with; the same one while it waits. */
  readonly request: (asked: ApprovalRequest) => string;
  /** Whether it was approved for just this request and is still unused. */
  readonly isGranted: (id: string, digest: string) => boolean;
  /** Uses it up: true for one caller only. */
  readonly use: (id: string, digest: string) => boolean;
  /** The request it was used for came to nothing. */
  readonly giveBack: (id: string) => void;
  readonly waiting: (organisation: string, limit: number) => readonly WaitingApproval[];
  /** What this approver may decide on. Throws Fault ENTRY_UNKNOWN, or DENIED for the official who asked. */
  readonly decidable: (id: string, approver: Approver) => Pick<ApprovalRequest, "digest" | "resource">;
  /** Throws as `decidable` does. */
  readonly decide: (id: string, decision: "approve" | "reject", approver: Approver) => void;
  /** Deletes some that nobody can decide or use any more; false when there are none. The log has what was decided. */
  readonly forget: () => boolean;
};

const DAY = 86_400_000;
const ENDED = `SELECT id FROM approvals WHERE coalesce(decided_at, requested_at) <= ? ORDER BY id LIMIT ${AT_ONCE}`;
const LIVE = `id = ? AND digest = ? AND decided_at > ?`;

/** An approval, and a request for one, lives for a day. `clock` in milliseconds. */
export function approvalsIn(store: DutiesStore, clock: () => number): Approvals {
  const horizon = (): number => clock() - DAY;
  const changed = (sql: string, ...values: (string | number)[]): boolean => store.change(sql, ...values) === 1;
  return {
    request: (asked) =>
      store.ask((database) => waitingFor(database, asked, horizon()) ?? insert(database, asked, clock())),
    isGranted: (id, digest) =>
      store.ask(
        (database) =>
          database
            .prepare(`SELECT 1 FROM approvals WHERE ${LIVE} AND state = 'approved'`)
            .get(id, digest, horizon()) !== undefined,
      ),
    use: (id, digest) =>
      changed(`UPDATE approvals SET state = 'used' WHERE ${LIVE} AND state = 'approved'`, id, digest, horizon()),
    giveBack: (id) => void changed("UPDATE approvals SET state = 'approved' WHERE id = ? AND state = 'used'", id),
    waiting: (organisation, limit) => store.ask((database) => listWaiting(database, organisation, horizon(), limit)),
    decidable: (id, approver) => decidable(store, id, approver, horizon()),
    decide(id, decision, approver) {
      decidable(store, id, approver, horizon());
      const state = decision === "approve" ? "approved" : "rejected";
      const done = changed(
        "UPDATE approvals SET state = ?, decided_by = ?, decided_at = ? WHERE id = ? AND state = 'waiting'",
        state,
        `${approver.client}/${approver.official}`,
        clock(),
        id,
      );
      if (!done) throw new Fault("ENTRY_UNKNOWN");
    },
    forget: () => store.change(`DELETE FROM approvals WHERE id IN (${ENDED})`, horizon()) > 0,
  };
}

function decidable(store: DutiesStore, id: string, { organisation, client, official }: Approver, after: number) {
  const asked = store.ask((database) =>
    database
      .prepare(
        "SELECT client, official, digest, resource FROM approvals WHERE id = ? AND organisation = ? AND state = 'waiting' AND requested_at > ?",
      )
      .get(id, organisation, after),
  );
  if (asked === undefined) throw new Fault("ENTRY_UNKNOWN");
  if (asked["client"] === client || isSameAccount(String(asked["official"]), official)) {
    throw new Fault("DENIED", "须由另一名工作人员审批。 Another official has to decide.");
  }
  return { digest: String(asked["digest"]), resource: String(asked["resource"]) };
}

/** However it is written: in other letter case, width, or with what is not seen. */
const isSameAccount = (one: string, other: string): boolean => normalise("code", one) === normalise("code", other);

function waitingFor(database: DatabaseSync, { digest }: ApprovalRequest, after: number): string | null {
  const found = database
    .prepare("SELECT id FROM approvals WHERE digest = ? AND state = 'waiting' AND requested_at > ?")
    .get(digest, after);
  return found === undefined ? null : String(found["id"]);
}

function insert(database: DatabaseSync, asked: ApprovalRequest, now: number): string {
  const id = randomUUIDv7();
  const { digest, organisation, client, official, resource, item, caseNumber } = asked;
  database
    .prepare("INSERT INTO approvals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', NULL, NULL)")
    .run(id, digest, organisation, client, official, resource, item, caseNumber, now);
  return id;
}

function listWaiting(database: DatabaseSync, organisation: string, after: number, limit: number): WaitingApproval[] {
  const rows = database
    .prepare(
      `SELECT * FROM approvals WHERE organisation = ? AND state = 'waiting' AND requested_at > ? ORDER BY requested_at LIMIT ?`,
    )
    .all(organisation, after, limit);
  return rows.map((row) => ({
    id: String(row["id"]),
    organisation: String(row["organisation"]),
    client: String(row["client"]),
    official: String(row["official"]),
    resource: String(row["resource"]),
    item: String(row["item"]),
    caseNumber: String(row["case_number"]),
    requestedAt: new Date(Number(row["requested_at"])).toISOString(),
  }));
}
