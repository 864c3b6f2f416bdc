import { ACCESS_HELP, ACCESS_OPTIONS, accessToken, type GatewayAccess, parseAccess } from "./gateway-access.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { neutralise } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";
import { parseOptions, UsageError } from "./options.ts";

export const TOKEN_HELP = `tongyan token CLIENT [--url URL] [--keys DIR]

获取访问令牌。Asks the gateway for an access token and prints it, alone, so that this works:

  TOKEN=$(tongyan token anhui-window)
  curl -H "Authorization: Bearer $TOKEN" …

  CLIENT       the client's identifier; in the demo anhui-window, guangdong-window, shache-window, operator, auditor, load-tester
${ACCESS_HELP}
  --help       this text

Exit status: 0 a token was printed, 64 wrong usage, 65 the key cannot be used, 66 there is no key of that client,
69 the gateway does not answer, 76 what answers is no gateway, 77 the gateway refuses.
`;

/** `tongyan token`: resolves to the exit status (see TOKEN_HELP). */
export async function tokenCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const asked = parseArguments(argv, io.env);
    io.stdout(asked === "help" ? TOKEN_HELP : `${await accessToken(asked)}\n`);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  stderr(`tongyan token: ${neutralise(error.message)}\n`);
  if (error instanceof CommandError) return error.exit;
  stderr(`\n${TOKEN_HELP}`);
  return EXIT.usage;
}

const OPTIONS = { ...ACCESS_OPTIONS, help: { type: "boolean", short: "h" } } as const;

function parseArguments(argv: readonly string[], env: CommandIo["env"]): GatewayAccess | "help" {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return "help";
  const [client, ...more] = positionals;
  if (client === undefined || more.length > 0) throw new UsageError("name one CLIENT");
  return parseAccess(client, values, env);
}
