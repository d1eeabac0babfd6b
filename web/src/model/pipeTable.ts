import type { Cell, TableAnswer } from "../api/table";
import { count, duration } from "./format";
import { type PipeKeys, pipeKeys } from "./pipeKeys";

/** How a table is shown. */
export const kinds = ["line", "bar", "table", "top"] as const;
export type Kind = (typeof kinds)[number];

/** What stands where in a table: columns by their index. */
export interface Shape extends PipeKeys {
  /** The column of the steps of time, -1 without one. */
  readonly time: number;
  readonly keys: readonly number[];
  readonly values: readonly number[];
  /** All that the pipe groups by is still in the rows, so that each row leads to its events. */
  readonly linked: boolean;
}

/** Reads which columns are keys and which were computed: keys come first, unless `fields` chose others. */
export function shapeOf(query: string, { columns }: Pick<TableAnswer, "columns">): Shape {
  const grouped = pipeKeys(query);
  const keys: number[] = [];
  const values: number[] = [];
  let time = -1;
  const open = [...grouped.fields];
  for (const [i, { name, type }] of columns.entries()) {
    const key = open.indexOf(name);
    if (type === "time" && grouped.step > 0 && time < 0) time = i;
    else if (key >= 0) {
      open.splice(key, 1);
      keys.push(i);
    } else if (type === "number") values.push(i);
    else keys.push(i);
  }
  return { ...grouped, time, keys, values, linked: open.length === 0 && (grouped.step === 0 || time >= 0) };
}

/** Counts may be put on each other; percentiles and averages may not. */
export function additive(column: string): boolean {
  return /^(?:count|rate)$|^(?:sum)\(/.test(column);
}

/** The kinds that make sense of a table, the best first. */
export function kindsFor(shape: Shape, columns: TableAnswer["columns"], rows: number): readonly Kind[] {
  const [first] = shape.values;
  if (first === undefined) return ["table"];
  if (shape.time >= 0) return additive(columns[first]?.name ?? "") ? ["bar", "line", "table"] : ["line", "bar", "table"];
  if (shape.keys.length === 0 || rows === 0) return ["table"];
  if (shape.keys.length === 1 && shape.values.length <= 2) return ["top", "table"];
  return ["table", "top"];
}

/** A figure in the measure of its column: times in ms for people, rates and averages as exact as they are worth. */
export function figure(column: string, value: Cell | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return value;
  if (/^(?!distinct)\w[\w.]*\((?:timeCost|cost|time_cost)\)$/.test(column)) return value === 0 ? "0 ms" : duration(value);
  if (Number.isInteger(value)) return count(value);
  return Math.abs(value) >= 1000 ? count(Math.round(value)) : count(Number(value.toPrecision(3)));
}

/** The word for a row: its keys, or what the column computes where there are none. */
export function keyText(keys: readonly Cell[], without: string): string {
  return keys.map((key) => (key === null ? without : String(key))).join(" · ");
}

/** A choice of a column to sort by, as the address holds it: "count", "count desc" (a name may hold spaces). */
export interface Sorting {
  readonly column: number;
  readonly descending: boolean;
}

export function readSort(text: string, columns: TableAnswer["columns"]): Sorting | undefined {
  const descending = text.endsWith(" desc");
  const name = descending ? text.slice(0, -5) : text;
  const column = columns.findIndex((c) => c.name === name);
  return text === "" || column < 0 ? undefined : { column, descending };
}

/** The next choice after a click on a column's head: greatest first for numbers, then the other way, then as it came. */
export function nextSort(current: Sorting | undefined, column: number, columns: TableAnswer["columns"]): string {
  const { name = "", type } = columns[column] ?? {};
  const first = type === "number";
  if (current?.column !== column) return first ? `${name} desc` : name;
  if (current.descending === first) return first ? name : `${name} desc`;
  return "";
}

const severity: readonly string[] = ["debug", "info", "notice", "warn", "error", "fatal"];

function compare(a: Cell, b: Cell, level: boolean): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (level) return severity.indexOf(String(a)) - severity.indexOf(String(b));
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

/** The rows in the order of a column; what is absent comes last either way, equal rows stay as they are. */
export function sorted(rows: TableAnswer["rows"], columns: TableAnswer["columns"], sort: Sorting | undefined): TableAnswer["rows"] {
  if (sort === undefined) return rows;
  const { column, descending } = sort;
  const level = columns[column]?.type === "level";
  return rows.toSorted((x, y) => {
    const a = x[column] ?? null;
    const b = y[column] ?? null;
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return descending ? compare(b, a, level) : compare(a, b, level);
  });
}
