import { CertificateMemory, SignatureMemory } from "./crypto/memory.ts";
import { DocumentMemory } from "./document-memory.ts";
import { EntryMemory } from "./ofd/entry-content.ts";
import { SealMemory } from "./seals/seal-memory.ts";

/** What a verifier may remember between documents: results of pure functions of bytes, right for ever, under any trust. */
export type VerificationMemory = {
  readonly signatures: SignatureMemory;
  readonly certificates: CertificateMemory;
  readonly entries: EntryMemory;
  readonly seals: SealMemory;
  readonly documents: DocumentMemory;
};

export const newMemory = (): VerificationMemory => ({
  signatures: new SignatureMemory(),
  certificates: new CertificateMemory(),
  entries: new EntryMemory(),
  seals: new SealMemory(),
  documents: new DocumentMemory(),
});
