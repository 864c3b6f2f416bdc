import { describe, expect, test } from "vitest";
import { type AuthorizationRequest, authorize } from "./authorize.ts";
import { VERIFY_PLAN } from "./verify-plan.ts";

const request = (address: string, access: string, action = "verify") =>
  ({ principal: { client: "window-1", address }, action, context: { access } }) as unknown as AuthorizationRequest;

describe("authorize", () => {
  test.each([
    ["loopback", "loopback", "LOCAL_CALLER"],
    ["loopback", "open", "LOCAL_CALLER"],
    ["remote", "open", "OPEN_ACCESS"],
    ["proxied", "open", "OPEN_ACCESS"],
  ])("permits %s when access is %s", (address, access, code) => {
    const decision = authorize(request(address, access));
    expect(decision).toMatchObject({ effect: "permit", reasons: [{ code }], plan: VERIFY_PLAN });
  });

  test.each([
    ["remote", "loopback", "verify"],
    ["proxied", "loopback", "verify"],
    ["", "loopback", "verify"],
    ["LOOPBACK", "", "verify"],
    ["remote", "closed", "verify"],
    ["loopback", "open", "lookup"],
    ["loopback", "open", ""],
  ])("denies %s when access is %s (%s), and discloses nothing", (address, access, action) => {
    const decision = authorize(request(address, access, action));
    expect(decision).toMatchObject({ effect: "deny", reasons: [{ code: "NO_RULE_PERMITS" }], plan: {} });
    expect(decision.reasons[0]?.zh).not.toBe("");
    expect(decision.reasons[0]?.en).not.toBe("");
  });

  test("the same question gets the same decision; another gets another number under the same rules", () => {
    expect(authorize(request("remote", "open"))).toEqual(authorize(request("remote", "open")));
    const [here, there] = [authorize(request("loopback", "open")), authorize(request("remote", "open"))];
    expect(here.policySetDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(there.policySetDigest).toBe(here.policySetDigest);
    expect(there.decisionId).not.toBe(here.decisionId);
  });
});
