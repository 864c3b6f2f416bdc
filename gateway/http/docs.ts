import swagger, { type StaticDocumentSpec } from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import type { Contract } from "./routes.ts";

/** The page's own files and nothing else: the browser enforces that nothing is loaded from outside this machine. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The readable page of the contract at /docs. */
export async function serveDocs(app: FastifyInstance, contract: Contract): Promise<void> {
  const document = contract as unknown as StaticDocumentSpec["document"];
  await app.register(swagger, { mode: "static", specification: { document } });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: "Tongyan 通验 API" },
    uiConfig: { layout: "BaseLayout", deepLinking: true, docExpansion: "list", validatorUrl: null },
  });
}
