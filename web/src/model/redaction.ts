/** What a rule leaves in a value's place; see docs/redaction.md. */
export interface Leaves {
  readonly kind: "label" | "hash" | "last" | "remove";
  readonly label?: string;
  readonly last?: number;
}

/** A redaction rule as the server keeps it. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly on: boolean;
  readonly where?: readonly string[];
  readonly detector?: string;
  readonly pattern?: string;
  readonly keys?: readonly string[];
  readonly leaves: Leaves;
}

export interface RuleRecord extends Rule {
  /** Values replaced in the last 24 hours. */
  readonly hits: number;
}

export interface Redaction {
  readonly project: string;
  /** Counts the changes; a change names the one that it was made to. */
  readonly version: number;
  readonly rules: readonly RuleRecord[];
  readonly from: string;
  readonly hours: readonly number[];
  readonly since: string;
  /** Of one event, in microseconds; 0 is not known. */
  readonly cost: number;
  readonly can: { readonly detectors: readonly string[]; readonly identity: readonly string[] };
}

export type Doubt = "luhn" | "check" | "word" | "identity" | "shared";

export interface Example {
  readonly id: string;
  readonly time: string;
  readonly source: string;
  readonly field: string;
  readonly parts: readonly { readonly text: string; readonly kind: "same" | "old" | "new" }[];
  readonly doubt?: Doubt;
  readonly detail?: string;
}

export interface Preview {
  readonly events: number;
  readonly changed: number;
  readonly values: number;
  readonly doubtful: number;
  readonly fields: readonly { readonly field: string; readonly values: number; readonly searched: boolean }[];
  readonly examples: readonly Example[];
  readonly partial: string;
  readonly tookMs: number;
}

/** A rule as it stands in the form: "pattern" and "keys" stand beside the detectors. */
export interface Draft {
  readonly name: string;
  readonly where: string;
  readonly finds: string;
  readonly pattern: string;
  readonly keys: string;
  readonly leaves: Leaves["kind"];
  readonly label: string;
  readonly last: number;
}

/** What a new rule begins with. */
export const emptyDraft: Draft = { name: "", where: "", finds: "pattern", pattern: "", keys: "", leaves: "hash", label: "value", last: 4 };

export function draftOf(rule: Rule): Draft {
  return {
    name: rule.name,
    where: (rule.where ?? []).join(", "),
    finds: rule.detector ?? (rule.pattern !== undefined && rule.pattern !== "" ? "pattern" : "keys"),
    pattern: rule.pattern ?? "",
    keys: (rule.keys ?? []).join(", "),
    leaves: rule.leaves.kind,
    label: rule.leaves.label ?? emptyDraft.label,
    last: rule.leaves.last ?? emptyDraft.last,
  };
}

/** The words of a list as people write one: with commas (also full-width ones), spaces or lines between. */
export function listOf(text: string): string[] {
  return text.split(/[\s,，、]+/u).filter((word) => word !== "");
}

export function ruleOf(draft: Draft, id: string, on: boolean): Rule {
  const where = listOf(draft.where);
  return {
    id,
    name: draft.name.trim(),
    on,
    ...(where.length > 0 && { where }),
    ...(draft.finds === "pattern" ? { pattern: draft.pattern } : draft.finds === "keys" ? { keys: listOf(draft.keys) } : { detector: draft.finds }),
    leaves: leavesOf(draft),
  };
}

function leavesOf({ leaves, label, last }: Draft): Leaves {
  switch (leaves) {
    case "last":
      return { kind: leaves, last };
    case "remove":
      return { kind: leaves };
    default:
      return { kind: leaves, label: label.trim() };
  }
}

/** Whether a draft says enough to be tried. */
export function canTry(draft: Draft): boolean {
  if (draft.finds === "pattern" && draft.pattern === "") return false;
  if (draft.finds === "keys" && listOf(draft.keys).length === 0) return false;
  if (draft.finds === "whole" && listOf(draft.where).length === 0) return false;
  return draft.leaves === "last" || draft.leaves === "remove" || draft.label.trim() !== "";
}

/** An id of a-z, 0-9 and "-" that no other rule has. */
export function newId(name: string, taken: readonly string[]): string {
  const base = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 40) || "rule";
  let id = base;
  for (let n = 2; taken.includes(id); n++) id = `${base}-${n}`;
  return id;
}

/** The rules with one of them moved up (-1) or down (1); the same list when it cannot move. */
export function moved<R extends Rule>(rules: readonly R[], id: string, by: -1 | 1): readonly R[] {
  const at = rules.findIndex((rule) => rule.id === id);
  const rule = rules[at];
  const other = rules[at + by];
  if (rule === undefined || other === undefined) return rules;
  const next = [...rules];
  next[at] = other;
  next[at + by] = rule;
  return next;
}

/** The rules with one put in the place of that with its id, or at the end. */
export function withRule(rules: readonly Rule[], rule: Rule): readonly Rule[] {
  return rules.some(({ id }) => id === rule.id) ? rules.map((old) => (old.id === rule.id ? rule : old)) : [...rules, rule];
}

/** What stands in a value's place, as an example. */
export function sample({ kind, label = "", last = 4 }: Leaves): string {
  switch (kind) {
    case "label":
      return `[${label}]`;
    case "hash":
      return `[${label}:8b1c03de]`;
    case "last":
      return `••••${"4242424242".slice(-last)}`;
    default:
      return "[removed]";
  }
}

export interface Summary {
  readonly on: number;
  readonly hits: number;
}

export function summarise(redaction: Redaction): Summary {
  return { on: redaction.rules.filter((rule) => rule.on).length, hits: redaction.hours.reduce((sum, n) => sum + n, 0) };
}

/** The rule as the server takes it, without what it only tells. */
export function bare(record: Rule): Rule {
  const { id, name, on, where, detector, pattern, keys, leaves } = record;
  return { id, name, on, ...(where && { where }), ...(detector && { detector }), ...(pattern && { pattern }), ...(keys && { keys }), leaves };
}
