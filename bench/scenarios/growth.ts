import { join } from "node:path";
import type { Circumstances, Finding } from "../finding.ts";
import { print } from "../print.ts";
import { chartOf, type Curve, factorOf, printed } from "./curve.ts";
import { growOverHttp } from "./growth-http.ts";
import { growDocuments } from "./growth-documents.ts";
import { growIssuers } from "./growth-issuers.ts";
import { growTree, LOG_SIZES } from "./log-tree.ts";

type What = "log" | "catalogue" | "issuers" | "documents" | "connections";

/** What one operation costs as everything around it grows: the larger end of each curve against the smaller. */
export async function run({ length, directory }: Circumstances): Promise<Finding<`growth.${What}`>> {
  if (length === "brief") print("brief: smaller largest sizes");
  const within = (name: string): Circumstances => ({ length, directory: join(directory, name) });
  const log = printed(await growLog(within("log")));
  const issuers = printed(await growIssuers(within("issuers")));
  const documents = printed(await growDocuments(within("documents")));
  const http = await growOverHttp(within("http"));
  const catalogue = printed(http.catalogue);
  const connections = printed(http.connections);
  return {
    measurements: http.measurements,
    ratios: {
      "growth.log": factorOf(log),
      "growth.catalogue": factorOf(catalogue),
      "growth.issuers": factorOf(issuers),
      "growth.documents": factorOf(documents),
      "growth.connections": factorOf(connections),
    },
    charts: [log, catalogue, issuers, documents, connections].map(chartOf),
  };
}

async function growLog({ length, directory }: Circumstances): Promise<Curve> {
  const looks = await growTree({ sizes: LOG_SIZES[length], directory });
  return {
    title: "Log size",
    size: "entries",
    unit: "ms",
    series: [
      { name: "one inclusion proof", points: looks.map(({ size, proof }) => [size, proof.middle]) },
      { name: "appending one entry to the tree", points: looks.map(({ size, growing }) => [size, growing / 1000]) },
    ],
  };
}
