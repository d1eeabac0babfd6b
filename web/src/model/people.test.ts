import { expect, test } from "vitest";
import { browserOf, faultOf, isLastAdmin, type Person, summarisePeople, tidyMay } from "./people";

const person = (id: string, more: Partial<Person> = {}): Person => ({
  id, name: id, role: "reader", account: "", projects: [], created: "", lastSeen: null, sessions: 0, waiting: false, linkUntil: null, you: false, ...more,
});

test("an admin is sent without projects, and only support with an account", () => {
  expect(tidyMay({ role: "admin", account: " a ", projects: ["b"] })).toEqual({ role: "admin", account: "", projects: [] });
  expect(tidyMay({ role: "support", account: " a ", projects: ["b", "a"] })).toEqual({ role: "support", account: "a", projects: ["a", "b"] });
  expect(tidyMay({ role: "editor", account: "a", projects: ["b"] }).account).toBe("");
});

test("what is missing is named", () => {
  expect(faultOf({ role: "support", account: " ", projects: ["a"] })).toBe("account");
  expect(faultOf({ role: "reader", account: "", projects: [] })).toBe("projects");
  expect(faultOf({ role: "admin", account: "", projects: [] })).toBeUndefined();
});

test("the last admin is the last who can log in", () => {
  const ada = person("ada", { role: "admin" });
  expect(isLastAdmin([ada, person("eve", { role: "admin", waiting: true })], "ada")).toBe(true);
  expect(isLastAdmin([ada, person("eve", { role: "admin" })], "ada")).toBe(false);
  expect(isLastAdmin([ada, person("eve")], "eve")).toBe(false);
  expect(summarisePeople([ada, person("eve", { waiting: true })])).toEqual({ people: 2, admins: 1, waiting: 1 });
});

test("a browser is known by its name", () => {
  expect(browserOf("Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36")).toBe("Chrome");
  expect(browserOf("Mozilla/5.0 AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0")).toBe("Edge");
  expect(browserOf("curl/8.5.0")).toBe("curl");
  expect(browserOf("")).toBe("");
});
