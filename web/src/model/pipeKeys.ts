import { partPipe } from "./pipeText";
import { units } from "./timeRange";

/** What a query's first pipe groups by: the names of its fields, and the step of time in ms (0 without one). */
export interface PipeKeys {
  readonly fields: readonly string[];
  readonly step: number;
}

/** Splits at commas that stand outside of quotes. */
function list(text: string): string[] {
  return (text.match(/(?:\\.|"(?:\\.|[^"\\])*"|“[^”]*”|[^,，\\"“])+/gsu) ?? []).map((part) => part.trim()).filter((part) => part !== "");
}

function unquote(name: string): string {
  const bare = /^["“]/.test(name) ? name.slice(1, -1) : name;
  return bare.replaceAll(/\\(.)/gsu, "$1");
}

/** Where the word "by" stands outside of quotes; -1 when it does not. */
function byAt(text: string): number {
  for (const part of text.matchAll(/\\.|"(?:\\.|[^"\\])*"|“[^”]*”|(?<=^|[\s)）,，])by(?=\s)/gisu)) {
    if (/^by$/i.test(part[0])) return part.index;
  }
  return -1;
}

/** Reads them from the text. The server is the judge of what it means; what cannot be read here groups by nothing. */
export function pipeKeys(query: string): PipeKeys {
  const first = partPipe(query).pipes[0] ?? "";
  const top = /^top\s+(?:\d+\s+)?(.+)$/isu.exec(first)?.[1];
  if (top !== undefined) return { fields: [unquote(top.trim())], step: 0 };
  const at = byAt(first);
  const fields: string[] = [];
  let step = 0;
  for (const key of at < 0 ? [] : list(first.slice(at + 2))) {
    const time = /^time\s*[(（]\s*(\d+)\s*(ms|[smhdw])\s*[)）]$/iu.exec(key);
    if (time === null) fields.push(unquote(key));
    else step = Number(time[1]) * (time[2]?.toLowerCase() === "ms" ? 1 : (units[time[2]?.toLowerCase() ?? ""] ?? 0));
  }
  return { fields, step };
}
