import { expect, test } from "vitest";
import { bare, canTry, draftOf, emptyDraft, listOf, moved, newId, type Rule, ruleOf, sample, summarise, withRule } from "./redaction";

const rules: readonly Rule[] = [
  { id: "cards", name: "Cards", on: true, detector: "card", leaves: { kind: "label", label: "card" } },
  { id: "tickets", name: "Tickets", on: false, where: ["msg", "data.ticket"], pattern: "tk-(\\w+)", leaves: { kind: "last", last: 2 } },
  { id: "pins", name: "Pins", on: true, keys: ["pin", "puk"], leaves: { kind: "remove" } },
];

test("a rule that goes through the form comes out as it was", () => {
  for (const rule of rules) expect(ruleOf(draftOf(rule), rule.id, rule.on)).toEqual(rule);
});

test("lists are read with commas of both widths, spaces and lines", () => {
  expect(listOf(" msg, data.user.phone，raw\nlabel、 ")).toEqual(["msg", "data.user.phone", "raw", "label"]);
  expect(listOf("  ")).toEqual([]);
});

test("a draft is tried once it says what to find and what to leave", () => {
  expect(canTry(emptyDraft)).toBe(false);
  expect(canTry({ ...emptyDraft, pattern: "x" })).toBe(true);
  expect(canTry({ ...emptyDraft, pattern: "x", label: " " })).toBe(false);
  expect(canTry({ ...emptyDraft, pattern: "x", label: "", leaves: "remove" })).toBe(true);
  expect(canTry({ ...emptyDraft, finds: "keys", keys: " , " })).toBe(false);
  expect(canTry({ ...emptyDraft, finds: "whole" })).toBe(false);
  expect(canTry({ ...emptyDraft, finds: "whole", where: "invokerIp" })).toBe(true);
});

test("a new rule gets an id of its own, also from a Chinese name", () => {
  expect(newId("Ticket values", [])).toBe("ticket-values");
  expect(newId("Ticket values!", ["ticket-values", "ticket-values-2"])).toBe("ticket-values-3");
  expect(newId("票据", [])).toBe("rule");
});

test("a rule moves by one place and not beyond the ends", () => {
  const order = (list: readonly Rule[]) => list.map(({ id }) => id).join(" ");
  expect(order(moved(rules, "pins", -1))).toBe("cards pins tickets");
  expect(moved(rules, "cards", -1)).toBe(rules);
  expect(moved(rules, "pins", 1)).toBe(rules);
  expect(moved(rules, "none", 1)).toBe(rules);
});

test("a changed rule keeps its place, a new one comes last", () => {
  const changed = { ...(rules[1] as Rule), on: true };
  expect(withRule(rules, changed).map(({ on }) => on)).toEqual([true, true, true]);
  expect(withRule(rules, { ...changed, id: "new" })).toHaveLength(4);
});

test("what is left is shown as it will look", () => {
  expect(rules.map((rule) => sample(rule.leaves))).toEqual(["[card]", "••••42", "[removed]"]);
  expect(sample({ kind: "hash", label: "token" })).toBe("[token:8b1c03de]");
});

test("figures are summed, and what the server only tells is not sent back", () => {
  const records = rules.map((rule) => ({ ...rule, hits: 7 }));
  const redaction = { project: "p", version: 1, rules: records, from: "", hours: [1, 2, 3], since: "", cost: 0.6, can: { detectors: [], identity: [] } };
  expect(summarise(redaction)).toEqual({ on: 2, hits: 6 });
  expect(records.map(bare)).toEqual(rules);
});
