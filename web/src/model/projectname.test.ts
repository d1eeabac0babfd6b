import { expect, test } from "vitest";
import { checkProjectName, tidyProjectName } from "./projectname";

test.each([
  ["phone-prod", undefined],
  ["a", undefined],
  ["0", undefined],
  ["", "empty"],
  ["-a", "start"],
  ["Phone", "signs"],
  ["phone prod", "signs"],
  ["电话", "signs"],
  ["a".repeat(63), undefined],
  ["a".repeat(64), "long"],
])("%j: %s", (name, fault) => {
  expect(checkProjectName(name)).toBe(fault);
});

test("blanks, dots and capitals are what people type; they become what is allowed", () => {
  expect(tidyProjectName("Phone Prod_v2.0")).toBe("phone-prod-v2-0");
  expect(tidyProjectName("电话")).toBe("电话");
});
