import { focus, joinLucene, refocus } from "./focus";
import { isLucene, tokenize, type Token } from "./queryTokens";

/** One of the parts of a query that are joined by "and" at its top. */
export interface Clause {
  readonly from: number;
  readonly to: number;
  readonly negated: boolean;
  /** Set for `field:value`, `field:(a or b)` and their negations. */
  readonly field?: string;
  /** The values, without quotes and escapes. "*" alone is presence. */
  readonly values?: readonly string[];
}

/** Whether a value means itself when it stands without quotes. */
function isPlain(value: string): boolean {
  return /^[\p{L}\p{N}_/@][\p{L}\p{N}_./@:+-]*$/u.test(value) && !/^(?:and|or|not|to)$/i.test(value) && !/[:：]$/.test(value);
}

export function quote(value: string): string {
  return isPlain(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

export function quoteField(field: string): string {
  return /^[\p{L}_@][\p{L}\p{N}_.@-]*$/u.test(field) && !/^(?:and|or|not)$/i.test(field) ? field : `"${field.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

export function clauseText(field: string, value: string, negated = false): string {
  return `${negated ? "not " : ""}${quoteField(field)}:${quote(value)}`;
}

function unquote(text: string): string {
  const bare = /^["“]/.test(text) ? text.slice(1, /["”]$/.test(text) && text.length > 1 ? -1 : undefined) : text;
  return bare.replaceAll(/\\(.)/gsu, "$1");
}

const openers = "(（";

interface Split {
  readonly clauses: readonly Clause[];
  /** An "or" stands at the top: clauses can be added only around all of it. */
  readonly alternatives: boolean;
  /** Where the pipe begins, or the end. */
  readonly end: number;
}

function keywordAt(text: string, token: Token | undefined): string {
  return token?.kind === "keyword" ? text.slice(token.from, token.to).toLowerCase() : "";
}

/** Reads the values of `f:a` or `f:(a or b)` from its tokens; undefined for anything else. */
function valuesOf(text: string, tokens: readonly Token[]): string[] | undefined {
  const parts = tokens.filter((t) => t.kind !== "space");
  const [first] = parts;
  if (first === undefined) return undefined;
  const inside = first.kind === "paren" ? parts.slice(1, -1) : parts;
  const values: string[] = [];
  let current = "";
  let quoted = false;
  for (const [i, token] of inside.entries()) {
    const piece = text.slice(token.from, token.to);
    if (token.kind === "keyword") {
      if (keywordAt(text, token) !== "or" || current === "") return undefined;
      values.push(quoted ? current : unquote(current));
      current = "";
      quoted = false;
    } else if (token.kind === "value" || token.kind === "star") {
      // Pieces of one word touch each other.
      if (current !== "" && inside[i - 1]?.to !== token.from) return undefined;
      current += piece;
    } else if (token.kind === "string" && current === "") {
      current = unquote(piece);
      quoted = true;
    } else return undefined;
  }
  if (current === "") return undefined;
  values.push(quoted ? current : unquote(current));
  return values;
}

/** Takes a query apart at its top. */
export function split(text: string): Split {
  const tokens = tokenize(text);
  const pipe = tokens.findIndex((t) => t.kind === "pipe");
  const main = pipe < 0 ? tokens : tokens.slice(0, pipe);
  const clauses: Clause[] = [];
  let alternatives = false;
  let i = 0;
  const skipSpace = () => {
    while (main[i]?.kind === "space") i++;
  };
  // One parenthesis with all that it holds, or one token.
  const unit = () => {
    let depth = 0;
    do {
      const token = main[i];
      if (token === undefined) return;
      if (token.kind === "paren") depth += openers.includes(text[token.from] ?? "") ? 1 : -1;
      i++;
    } while (depth > 0 && i < main.length);
  };
  for (skipSpace(); i < main.length; skipSpace()) {
    const word = keywordAt(text, main[i]);
    if (word === "and" || word === "or") {
      alternatives ||= word === "or";
      i++;
      continue;
    }
    const begin = main[i]?.from ?? 0;
    let negated = false;
    while (keywordAt(text, main[i]) === "not") {
      negated = !negated;
      i++;
      skipSpace();
    }
    const head = main[i];
    let field: string | undefined;
    let values: string[] | undefined;
    if (head?.kind === "field") {
      i++;
      skipSpace();
      const operator = main[i];
      i++;
      skipSpace();
      const start = i;
      const ranged = "[{".includes(text[main[i]?.from ?? -1] ?? " ");
      unit();
      if (ranged) while (i < main.length && !"]}".includes(text[(main[i - 1]?.to ?? 0) - 1] ?? "]")) i++;
      // A value may be several pieces that touch: wildcards part it.
      while (main[i] !== undefined && main[i]?.from === main[i - 1]?.to && ["value", "star"].includes(main[i]?.kind ?? "")) i++;
      if (operator !== undefined && /^[:：]$/.test(text.slice(operator.from, operator.to)) && !ranged) {
        field = unquote(text.slice(head.from, head.to));
        values = valuesOf(text, main.slice(start, i));
      }
    } else {
      unit();
      while (main[i] !== undefined && main[i]?.from === main[i - 1]?.to && ["value", "star"].includes(main[i]?.kind ?? "")) i++;
    }
    const to = main[i - 1]?.to ?? text.length;
    clauses.push({ from: begin, to, negated, ...(field === undefined || values === undefined ? {} : { field, values }) });
  }
  return { clauses, alternatives, end: pipe < 0 ? text.length : (tokens[pipe]?.from ?? text.length) };
}

function find(text: string, field: string, negated: boolean, test: (values: readonly string[]) => boolean): Clause | undefined {
  const { clauses, alternatives } = split(text);
  if (alternatives || isLucene(text)) return undefined;
  return clauses.find((c) => c.field === field && c.negated === negated && c.values !== undefined && test(c.values));
}

/** The values that the query asks of a field in one clause; none when it asks nothing that can be taken back by a click. */
export function selected(text: string, field: string): readonly string[] {
  return find(focus(text).part, field, false, (values) => !values.includes("*"))?.values ?? [];
}

/** Adds `and field:value` (or `and not ...`). A clause that is there is not doubled; its opposite gives way. */
export function addClause(whole: string, field: string, value: string, negated = false): string {
  return refocus(whole, (text) => addHere(text, field, value, negated));
}

function addHere(text: string, field: string, value: string, negated: boolean): string {
  const same = (values: readonly string[]) => values.length === 1 && values[0] === value;
  if (find(text, field, negated, same) !== undefined) return text;
  const opposite = find(text, field, !negated, same);
  if (opposite !== undefined) return replace(text, opposite, clauseText(field, value, negated));
  return joinHere(text, clauseText(field, value, negated));
}

/** Adds a clause as it is written, with parentheses around alternatives; pipes stay behind it. */
export function join(whole: string, clause: string): string {
  return refocus(whole, (text) => joinHere(text, clause));
}

function joinHere(text: string, clause: string): string {
  const lucene = joinLucene(text, clause);
  if (lucene !== undefined) return lucene;
  const { clauses, alternatives, end } = split(text);
  const main = text.slice(0, end).trim();
  const tail = text.slice(end);
  const glued = clauses.length === 0 || main === "*" ? clause : alternatives ? `(${main}) and ${clause}` : `${main} and ${clause}`;
  return tail === "" ? glued : `${glued} ${tail}`;
}

function replace(text: string, clause: Clause, by: string): string {
  return text.slice(0, clause.from) + by + text.slice(clause.to);
}

/** Takes a clause out, together with the "and" that joined it. */
export function removeClause(text: string, clause: Clause): string {
  const before = text.slice(0, clause.from).replace(/(?:^|[\s\u3000])and[\s\u3000]+$/i, "").trimEnd();
  const after = text.slice(clause.to).trimStart();
  if (before === "") return after.replace(/^and[\s\u3000]+/i, "");
  if (after === "") return before;
  return /^(?:and|or)[\s\u3000]/i.test(after) || after.startsWith("|") ? `${before} ${after}` : `${before} and ${after}`;
}

/** The query without what it asks of a field by toggles: what the field's own counts are taken from. */
export function without(whole: string, field: string): string {
  return refocus(whole, (text) => withoutHere(text, field));
}

function withoutHere(text: string, field: string): string {
  const clause = find(text, field, false, (values) => !values.includes("*"));
  return clause === undefined ? text : removeClause(text, clause);
}

/** Switches one value of a field: `level:error`, then `level:(error or warn)`, and back. */
export function toggleValue(whole: string, field: string, value: string): string {
  return refocus(whole, (text) => toggleHere(text, field, value));
}

function toggleHere(text: string, field: string, value: string): string {
  const clause = find(text, field, false, (values) => !values.includes("*"));
  if (clause?.values === undefined) return addHere(text, field, value, false);
  const values = clause.values.includes(value) ? clause.values.filter((v) => v !== value) : [...clause.values, value];
  if (values.length === 0) return removeClause(text, clause);
  const [only] = values;
  const written = values.length === 1 && only !== undefined ? quote(only) : `(${values.map(quote).join(" or ")})`;
  return replace(text, clause, `${quoteField(field)}:${written}`);
}
