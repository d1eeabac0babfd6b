import { expect, test } from "vitest";
import { adviceFor } from "./advice";

test("the codes that every invocation log may carry are explained, also in their other spelling", () => {
  expect(adviceFor("INVALID_PAR_PARAM")).toBe(adviceFor("INVALID_PARAM"));
  for (const code of ["PERMISSION_DENIED", "RESOURCE_NOT_FOUND", "QUOTA_EXCEEDED", "NETWORK_ERROR"]) expect(adviceFor(code)).toMatch(/^advice\./);
});

test("a code that is the sender's own has no advice, whatever it is called", () => {
  for (const code of ["", "TICKET_EXPIRED", "constructor", "__proto__", "toString"]) expect(adviceFor(code)).toBeUndefined();
});
