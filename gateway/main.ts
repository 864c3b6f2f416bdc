const USAGE = `Tongyan 通验: verifies electronic licences (电子证照)

  tongyan serve            start the service on http://127.0.0.1:8080 (settings are TONGYAN_… variables, see README)
  tongyan verify FILE...   verify files here and now; tongyan verify --help says more
  tongyan help             this text

From a checkout: npm run -s tongyan -- verify FILE...
`;

/** EX_USAGE and EX_CONFIG of sysexits.h: apart from the verdicts' codes. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

/** Commands load what they need: `verify` starts without the HTTP service. */
async function run([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve":
      return rest.length === 0 ? await serve() : explain(`serve takes no arguments, not ${rest[0]}`);
    case "verify":
      return await verify(rest);
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return 0;
    default:
      return explain(command === undefined ? "a command is missing" : `unknown command ${command}`);
  }
}

async function verify(rest: readonly string[]): Promise<number> {
  const { verifyCommand } = await import("./cli/verify.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await verifyCommand(rest, processIo());
}

function explain(mistake: string): number {
  process.stderr.write(`tongyan: ${mistake}\n\n${USAGE}`);
  return EXIT_USAGE;
}

async function serve(): Promise<number> {
  try {
    return await (await import("./serve.ts")).serveCommand(process.env);
  } catch (error) {
    process.stderr.write(`tongyan: ${error instanceof Error ? error.message : "cannot start"}\n`);
    return error instanceof Error && error.name === "ConfigError" ? EXIT_CONFIG : 1;
  }
}

process.exitCode = await run(process.argv.slice(2));
