const USAGE = `Tongyan 通验: verifies electronic licences (电子证照)

  tongyan serve            start the service on http://127.0.0.1:8080 (settings are TONGYAN_… variables, see README)
  tongyan verify FILE...   verify files here and now; tongyan verify --help says more
  tongyan token CLIENT     get an access token from a gateway; tongyan token --help says more
  tongyan upload SOURCE FILE
                           hand in a table (CSV or XLSX); tongyan upload --help says more
  tongyan policy test      decide the example cases of the policies; tongyan policy --help says more
  tongyan policy explain REQUEST.json
                           what the policies decide on a request, and why
  tongyan receipt verify FILE
                           check the receipt of an exchange, offline; tongyan receipt --help says more
  tongyan log verify DIR|URL
                           check a whole exchange log; tongyan log --help says more
  tongyan log reconcile A B
                           find exchanges between two gateways that only one of them has
  tongyan bench            how fast a running gateway answers, every answer checked; tongyan bench --help says more
  tongyan witness DIR      cosign the checkpoints of other gateways' logs; tongyan witness --help says more
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
    case "token":
      return await token(rest);
    case "upload":
      return await upload(rest);
    case "policy":
      return await policy(rest);
    case "receipt":
      return await receipt(rest);
    case "log":
      return await log(rest);
    case "bench":
      return await bench(rest);
    case "witness":
      return await witness(rest);
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

async function token(rest: readonly string[]): Promise<number> {
  const { tokenCommand } = await import("./cli/token.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await tokenCommand(rest, processIo());
}

async function upload(rest: readonly string[]): Promise<number> {
  const { uploadCommand } = await import("./cli/upload.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await uploadCommand(rest, processIo());
}

async function policy(rest: readonly string[]): Promise<number> {
  const { policyCommand } = await import("./cli/policy.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return policyCommand(rest, processIo());
}

async function receipt(rest: readonly string[]): Promise<number> {
  const { receiptCommand } = await import("./cli/receipt.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return receiptCommand(rest, processIo());
}

async function log(rest: readonly string[]): Promise<number> {
  const { logCommand } = await import("./cli/log.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await logCommand(rest, processIo());
}

async function bench(rest: readonly string[]): Promise<number> {
  const { benchCommand } = await import("./cli/bench.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await benchCommand(rest, processIo());
}

async function witness(rest: readonly string[]): Promise<number> {
  const { witnessCommand } = await import("./cli/witness.ts");
  const { processIo } = await import("./cli/process-io.ts");
  return await witnessCommand(rest, processIo());
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
