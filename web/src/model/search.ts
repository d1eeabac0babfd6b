import type { Kind } from "./pipeTable";
import { defaultRange, type Range } from "./timeRange";

/** A column that the user added, with its width in px. */
export interface Column {
  readonly field: string;
  readonly width: number;
}

/** The whole state of the search page; the address bar holds all of it. */
export interface Search {
  readonly q: string;
  readonly range: Range;
  /** An IANA zone, "UTC", or "" for the browser's. */
  readonly tz: string;
  readonly cols: readonly Column[];
  /** The id of the event whose drawer is open; "" when it is closed. */
  readonly sel: string;
  readonly tab: "fields" | "json" | "raw" | "around";
  readonly live: boolean;
  /** How the table of a query with pipes is shown; "" leaves it to its shape. */
  readonly chart: Kind | "";
  /** What that table is sorted by: "count desc"; "" is as it came. */
  readonly sort: string;
  /** The fields that were put at the top of the facet column; undefined: those that this browser remembers. */
  readonly pins: readonly string[] | undefined;
  /** The field whose statistics are open; "" when none is. */
  readonly stat: string;
  /** The other queries in tabs, see model/queryTabs; "" when there are none. */
  readonly tabs: string;
  /** "" means the user's first project. */
  readonly project: string;
}

export const defaultWidth = 140;
const minWidth = 60;
const maxWidth = 800;
const maxColumns = 20;

export function columnWidth(width: number): number {
  return Math.round(Math.min(maxWidth, Math.max(minWidth, width)));
}

/** `callId,httpPath:220`; a field's own commas, colons and backslashes are escaped by a backslash. */
function parseColumns(text: string): Column[] {
  const columns: Column[] = [];
  for (const part of text.match(/(?:\\.|[^,\\])+/gu) ?? []) {
    const m = /^((?:\\.|[^\\])+?)(?::(\d{1,4}))?$/u.exec(part);
    const field = m?.[1]?.replaceAll(/\\(.)/gu, "$1") ?? "";
    if (field !== "" && columns.length < maxColumns && !columns.some((c) => c.field === field)) {
      columns.push({ field, width: m?.[2] === undefined ? defaultWidth : columnWidth(Number(m[2])) });
    }
  }
  return columns;
}

function formatColumns(columns: readonly Column[]): string {
  return columns.map(({ field, width }) => field.replaceAll(/[\\,:]/g, String.raw`\$&`) + (width === defaultWidth ? "" : `:${width}`)).join(",");
}

const maxPins = 15;

/** Names between commas, with commas and backslashes of their own behind a backslash. */
function parseNames(text: string): string[] {
  const names = (text.match(/(?:\\.|[^,\\])+/gu) ?? []).map((part) => part.replaceAll(/\\(.)/gu, "$1"));
  return [...new Set(names)].slice(0, maxPins);
}

function formatNames(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(/[\\,]/g, String.raw`\$&`)).join(",");
}

/** Reads the page's state from its address. Whatever cannot be understood is as if it were not there. */
export function parseSearch(params: URLSearchParams): Search {
  const tab = params.get("tab");
  const view = params.get("view");
  return {
    q: params.get("q") ?? "",
    range: { from: params.get("from") || defaultRange.from, to: params.get("to") || defaultRange.to },
    tz: params.get("tz") ?? "",
    cols: parseColumns(params.get("cols") ?? ""),
    sel: params.get("sel") ?? "",
    tab: tab === "json" || tab === "raw" || tab === "around" ? tab : "fields",
    live: view === "live",
    chart: view === "line" || view === "bar" || view === "table" || view === "top" ? view : "",
    sort: params.get("sort") ?? "",
    pins: params.has("pins") ? parseNames(params.get("pins") ?? "") : undefined,
    stat: params.get("stat") ?? "",
    tabs: params.get("tabs") ?? "",
    project: params.get("project") ?? "",
  };
}

/** Writes the state as an address; the inverse of parseSearch. What is as by default is left out. */
export function formatSearch(search: Search): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string, standard = "") => {
    if (value !== standard) params.set(name, value);
  };
  set("project", search.project);
  set("q", search.q);
  set("from", search.range.from, defaultRange.from);
  set("to", search.range.to, defaultRange.to);
  set("tz", search.tz);
  set("cols", formatColumns(search.cols));
  set("sel", search.sel);
  if (search.sel !== "") set("tab", search.tab, "fields");
  set("view", search.live ? "live" : search.chart);
  set("sort", search.sort);
  if (search.pins !== undefined) params.set("pins", formatNames(search.pins));
  set("stat", search.stat);
  set("tabs", search.tabs);
  return params;
}
