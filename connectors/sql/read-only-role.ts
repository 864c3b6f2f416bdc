import type { Ask } from "./connections.ts";

/** Why a role must not be used; null when it can read only. */
export type RoleProblem = { readonly zh: string; readonly en: string } | null;

const SUPERUSER: RoleProblem = {
  zh: "数据库角色拥有超级用户或服务器文件权限，须改用只读角色。",
  en: "the database role is a superuser or may use the server's files; a role that can only read is needed",
};
const WRITER: RoleProblem = {
  zh: "数据库角色可以改写该视图，须改用只读角色。",
  en: "the database role may write to the view; a role that can only read is needed",
};

/** Every role that the one we come as could act as counts, and so do rights on single columns. */
const RIGHTS = `
  SELECT bool_or(role.rolsuper OR role.rolname IN ('pg_execute_server_program', 'pg_write_server_files'))::text,
         bool_or(has_table_privilege(role.oid, view.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                 OR has_any_column_privilege(role.oid, view.oid, 'INSERT, UPDATE'))::text
    FROM pg_roles AS role, (SELECT to_regclass($1)::oid AS oid) AS view
   WHERE pg_has_role(session_user, role.oid, 'MEMBER')`;

/** Asks the database what the role may do. `view` is quoted. A view that is not there is no problem of the role. */
export async function roleProblem(ask: Ask, view: string): Promise<RoleProblem> {
  const [rights = []] = await ask({ text: RIGHTS, values: [view] });
  const [superuser, writer] = rights;
  if (superuser !== "false") return SUPERUSER;
  return writer === "true" ? WRITER : null;
}
