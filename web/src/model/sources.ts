/** How a source's lines are read; see docs/formats.md, Sources. */
export interface SourceSettings {
  readonly format?: string;
  readonly pattern?: string;
  readonly encoding?: string;
  readonly multiline?: string;
  readonly tz?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly levels?: Readonly<Record<string, string>>;
  readonly app?: string;
  readonly env?: string;
}

export interface SourceRecord {
  readonly name: string;
  /** Counts the changes; a change names the one that it was made to. */
  readonly version: number;
  readonly settings: SourceSettings;
  readonly changed: string;
  readonly by: string;
  /** Of the newest use since the server started. */
  readonly last: string | null;
  readonly accepted: number;
  readonly rejected: number;
}

/** What settings may say. */
export interface SourceWords {
  readonly formats: readonly string[];
  /** The formats in which lines can be joined. */
  readonly multiline: readonly string[];
  readonly fields: readonly string[];
  readonly levels: readonly string[];
  readonly encodings: readonly string[];
  /** The server's zone. */
  readonly zone: string;
}

export interface SourceList {
  readonly project: string;
  readonly sources: readonly SourceRecord[];
  readonly can: SourceWords;
}

/** What became of one thing that a line says. */
export interface Part {
  /** Theirs. */
  readonly name?: string;
  /** Ours. */
  readonly field?: string;
  readonly value: string;
  /** It is in data under its name. */
  readonly data?: boolean;
}

export interface TriedLine {
  readonly line: number;
  /** How many were joined. */
  readonly lines: number;
  readonly text: string;
  readonly event?: Readonly<Record<string, unknown>>;
  readonly parts?: readonly Part[];
  readonly error?: { readonly field?: string; readonly column?: number; readonly reason: string };
}

export interface SourceTrial {
  readonly format: string;
  readonly guessed: boolean;
  readonly encoding: string;
  /** What bytes that are no UTF-8 may be in. */
  readonly otherEncoding?: string;
  readonly zone: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly lines: readonly TriedLine[];
  readonly more: number;
  readonly tookMs: number;
}

/** What is tried: text that was pasted, or the first bytes of a file as base64. */
export interface Sample {
  readonly text: string;
  readonly bytes?: string;
  readonly file?: string;
}

/** A row of a map while it is edited: their word, and what it means. */
export interface Pair {
  readonly id: number;
  readonly from: string;
  readonly to: string;
}

/** A source while it is edited. */
export interface SourceDraft {
  readonly name: string;
  /** "" has it guessed from the sample. */
  readonly format: string;
  readonly pattern: string;
  readonly encoding: string;
  readonly join: "" | "stack" | "first";
  /** Of join first: what the first line of each event matches. */
  readonly first: string;
  readonly tz: string;
  readonly app: string;
  readonly env: string;
  readonly fields: readonly Pair[];
  readonly levels: readonly Pair[];
}

export const emptySource: SourceDraft = { name: "", format: "", pattern: "", encoding: "", join: "", first: "", tz: "", app: "", env: "", fields: [], levels: [] };

function pairsOf(map: Readonly<Record<string, string>> | undefined): readonly Pair[] {
  return Object.entries(map ?? {}).map(([from, to], id) => ({ id, from, to }));
}

export function draftOfSource({ name, settings }: Pick<SourceRecord, "name" | "settings">): SourceDraft {
  const { format = "", pattern = "", encoding = "", multiline = "", tz = "", app = "", env = "" } = settings;
  return {
    name, format, pattern, encoding, tz, app, env,
    join: multiline === "" || multiline === "stack" ? multiline : "first",
    first: multiline === "stack" ? "" : multiline,
    fields: pairsOf(settings.fields),
    levels: pairsOf(settings.levels),
  };
}

/** The rows that say both sides, as the server takes them. Their word is kept as it is written. */
function mapOf(pairs: readonly Pair[]): Readonly<Record<string, string>> | undefined {
  const whole = pairs.filter(({ from, to }) => from !== "" && to !== "");
  return whole.length === 0 ? undefined : Object.fromEntries(whole.map(({ from, to }) => [from, to]));
}

/** What a draft says, without what it leaves to others. What its format cannot have is left out. */
export function settingsOf(draft: SourceDraft, can: Pick<SourceWords, "multiline">): SourceSettings {
  const joins = draft.format === "" || can.multiline.includes(draft.format);
  const multiline = !joins ? "" : draft.join === "first" ? draft.first : draft.join;
  const fields = draft.format === "text" ? undefined : mapOf(draft.fields);
  const levels = mapOf(draft.levels);
  const one = (key: keyof SourceSettings, value: string) => (value.trim() === "" ? {} : { [key]: key === "pattern" || key === "multiline" ? value : value.trim() });
  return {
    ...one("format", draft.format), ...one("pattern", draft.format === "regex" ? draft.pattern : ""), ...one("encoding", draft.encoding), ...one("multiline", multiline),
    ...one("tz", draft.tz), ...(fields === undefined ? {} : { fields }), ...(levels === undefined ? {} : { levels }), ...one("app", draft.app), ...one("env", draft.env),
  };
}

/** A name that the server would take. */
export function isSourceName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name) && name !== "try";
}

/** Adds a row; one that has the name already stays the only one. */
export function withPair(pairs: readonly Pair[], from: string, to = ""): readonly Pair[] {
  if (from !== "" && pairs.some((pair) => pair.from === from)) return pairs;
  return [...pairs, { id: 1 + Math.max(-1, ...pairs.map(({ id }) => id)), from, to }];
}

/** The names of a sample that no field holds, the commonest first. */
export function freeNames(trial: SourceTrial | undefined): readonly string[] {
  const counts = new Map<string, number>();
  for (const { parts = [] } of trial?.lines ?? []) {
    for (const { name = "", field, data } of parts) if (data === true && field === undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]).map(([name]) => name);
}

/** Cuts a text at the sign that could not be read: before it, it, and behind it. Long texts are cut around it. */
export function atColumn(text: string, column: number | undefined): readonly [string, string, string] {
  const around = 160;
  const signs = [...text];
  if (column === undefined || column < 1) return [signs.slice(0, 2 * around).join("") + (signs.length > 2 * around ? "…" : ""), "", ""];
  const at = Math.min(column - 1, signs.length);
  const from = Math.max(0, at - around);
  return [
    (from > 0 ? "…" : "") + signs.slice(from, at).join(""),
    signs[at] ?? " ",
    signs.slice(at + 1, at + around).join("") + (at + around < signs.length ? "…" : ""),
  ];
}
