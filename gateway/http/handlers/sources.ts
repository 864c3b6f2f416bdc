import type { Readable } from "node:stream";
import { ROW_FAULTS, type UploadReport } from "#connectors/upload.ts";
import { callerOf } from "../authentication.ts";
import { namingExchange } from "../exchange-header.ts";
import { uploadStream } from "../upload-stream.ts";
import { essenceOf } from "../media-type.ts";
import type { Operations } from "../operations.ts";
import { digestCheckOf } from "../request-body.ts";
import type { Handlers, Schemas } from "../routes.ts";
import { entryHandlers } from "./entries.ts";
import { goneSignal } from "./gone-signal.ts";

export function sourceHandlers({
  administration,
  uploadTable,
}: Pick<Operations, "administration" | "uploadTable">): Pick<
  Handlers,
  "listSources" | "getSource" | "putSource" | "deleteSource" | "putTable"
> {
  const { list, get, put, remove } = entryHandlers("source", "source", administration);
  return {
    listSources: list,
    getSource: get,
    putSource: put,
    deleteSource: remove,
    async putTable(request, reply) {
      const { source } = request.params as { readonly source: string };
      const { asOf } = request.query as { readonly asOf?: string };
      const format = essenceOf(request.headers["content-type"]) === "text/csv" ? "csv" : "xlsx";
      const maxBytes = request.routeOptions.config.facts?.maxBytes ?? 0;
      const bytes = uploadStream(request.body as Readable, { maxBytes, check: digestCheckOf(request) });
      const upload = { format, bytes, ...(asOf !== undefined && { asOf }) } as const;
      // Whatever is left of a file that nobody wanted to the end is not waited for.
      const end = () => void bytes.destroy();
      const taken = await uploadTable(callerOf(request), source, upload, goneSignal(reply)).finally(end);
      return namingExchange(taken.exchange, reply).send(reportOf(taken.report));
    },
  };
}

const reportOf = (report: UploadReport): Schemas["ImportReport"] => ({
  ...report,
  refused: report.refused.map((fault) => ({ ...fault, ...ROW_FAULTS[fault.code] })),
});
