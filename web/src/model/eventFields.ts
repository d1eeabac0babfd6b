import { JsonNumber, JsonObject, type Json, printJson, scalarText } from "./json";

/** One line of the drawer. */
export interface FieldLine {
  /** The name that one would type in a query. */
  readonly name: string;
  /** The value as text, whole. */
  readonly text: string;
  /** Lists and objects are shown, but no click filters by them. */
  readonly filterable: boolean;
}

export const groups = ["who", "what", "trace", "call", "data", "arrival"] as const;
export type Group = (typeof groups)[number];

const order: Readonly<Record<Exclude<Group, "data">, readonly string[]>> = {
  who: ["account", "staff", "callId", "number", "session", "device", "user"],
  what: ["kind", "app", "env", "release", "host", "level", "label", "form", "category", "page", "service", "event", "function", "httpPath", "filePath", "collectionName", "invoker", "source", "timeCost", "errorCode", "errorMsg", "product", "subsys", "module"],
  trace: ["traceId", "spanId", "childOf"],
  call: ["startTime", "ua", "browser", "os", "deviceType", "invokerIp"],
  arrival: ["received", "clientTime", "stream", "seq", "flags", "project", "id"],
};

const groupOf = new Map<string, Group>(
  groups.flatMap((group) => (group === "data" ? [] : order[group].map((name): [string, Group] => [name, group]))),
);

/** Shown above the fields, or in a tab of their own. */
const apart = new Set(["time", "msg", "raw"]);

/** How a key is written after "data.": odd ones in quotes, all of the name in one pair. */
export function dataName(path: readonly string[]): string {
  return ["data", ...path].join(".");
}

function flatten(value: Json, path: readonly string[], out: FieldLine[]): void {
  const scalar = scalarText(value);
  const name = dataName(path);
  if (scalar !== undefined) {
    out.push({ name, text: scalar, filterable: value !== null && scalar !== "" });
  } else if (value instanceof JsonObject && path.length < 6 && out.length < 500) {
    for (const [key, inner] of value.entries) flatten(inner, [...path, key], out);
    if (value.entries.length === 0) out.push({ name, text: "{}", filterable: false });
  } else {
    out.push({ name, text: printJson(value), filterable: false });
  }
}

/**
 * The fields of an event as the drawer lists them, in the groups of the design
 * and in a fixed order; groups without a field are left out. What the page does
 * not know stands under "what", under its own name.
 */
export function fieldGroups(event: JsonObject): { readonly group: Group; readonly lines: readonly FieldLine[] }[] {
  const found = new Map<Group, FieldLine[]>();
  const add = (group: Group, line: FieldLine) => found.set(group, [...(found.get(group) ?? []), line]);
  for (const [name, value] of event.entries) {
    if (apart.has(name)) continue;
    if (name === "data") {
      const lines: FieldLine[] = [];
      if (value instanceof JsonObject) for (const [key, inner] of value.entries) flatten(inner, [key], lines);
      else flatten(value, [], lines);
      found.set("data", lines);
      continue;
    }
    const group = groupOf.get(name) ?? "what";
    if (Array.isArray(value)) {
      // Each element of a list can be searched by itself.
      for (const item of value as readonly Json[]) add(group, { name, text: scalarText(item) ?? printJson(item), filterable: scalarText(item) !== undefined });
    } else {
      const text = scalarText(value);
      add(group, { name, text: text ?? printJson(value), filterable: text !== undefined && text !== "" });
    }
  }
  const place = (group: Group, name: string) => {
    const at = group === "data" ? 0 : order[group].indexOf(name);
    return at < 0 ? 999 : at;
  };
  return groups.flatMap((group) => {
    const lines = found.get(group);
    if (lines === undefined || lines.length === 0) return [];
    return [{ group, lines: lines.toSorted((a, b) => place(group, a.name) - place(group, b.name)) }];
  });
}

/** The value of a column of the table, as text: a field of the event, or `data.key`, or a key of data by its bare name. */
export function columnText(event: Readonly<Record<string, unknown>>, name: string): string {
  if (Object.hasOwn(event, name) && name !== "data") return valueText(event[name]);
  const path = name.startsWith("data.") ? name.slice(5) : name;
  return valueText(inside(event["data"], path));
}

function inside(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(record, path)) return record[path];
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(record, head)) {
      const found = inside(record[head], path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  if (value instanceof JsonNumber) return value.text;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
