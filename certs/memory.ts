import { CertificateMemory, SignatureMemory } from "./crypto/memory.ts";

/** What a verifier may remember between documents. Both hold results of pure functions of bytes: right for ever, under any trust. */
export type VerificationMemory = { readonly signatures: SignatureMemory; readonly certificates: CertificateMemory };

export const newMemory = (): VerificationMemory => ({
  signatures: new SignatureMemory(),
  certificates: new CertificateMemory(),
});
