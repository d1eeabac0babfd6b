import type { Cell, TableAnswer } from "../api/table";
import { additive, type Shape } from "./pipeTable";

/** One line of a chart, or one colour of its bars: a group and its figures over time. */
export interface Series {
  /** Tells it apart within one answer. */
  readonly id: string;
  readonly keys: readonly Cell[];
  /** For each computed column, its figure in each step; null where there is none. */
  readonly figures: readonly (readonly (number | null)[])[];
}

/** A table over time, taken apart into its series, the greatest first. */
export interface Chart {
  /** Where each step begins, ms since the epoch. */
  readonly at: readonly number[];
  readonly step: number;
  readonly names: readonly string[];
  readonly series: readonly Series[];
}

/** As many lines as eyes can tell apart; the rest are shown on demand, as "others" where they can be added up. */
export const mostDrawn = 5;

const sum = (list: readonly (number | null)[]) => list.reduce<number>((all, n) => all + (n ?? 0), 0);

export function chartOf({ columns, rows }: Pick<TableAnswer, "columns" | "rows">, shape: Shape): Chart {
  const places = new Map<string, number>();
  for (const row of rows) places.set(String(row[shape.time]), 0);
  const at = [...places.keys()].map((text) => Date.parse(text)).toSorted((a, b) => a - b);
  const place = new Map(at.map((ms, i) => [ms, i]));
  const found = new Map<string, { keys: Cell[]; figures: (number | null)[][] }>();
  for (const row of rows) {
    const keys = shape.keys.map((i) => row[i] ?? null);
    const id = JSON.stringify(keys);
    let one = found.get(id);
    if (one === undefined) {
      one = { keys, figures: shape.values.map(() => at.map(() => null)) };
      found.set(id, one);
    }
    const i = place.get(Date.parse(String(row[shape.time]))) ?? 0;
    for (const [v, column] of shape.values.entries()) {
      const cell = row[column];
      const figures = one.figures[v];
      if (figures !== undefined && typeof cell === "number") figures[i] = cell;
    }
  }
  const names = shape.values.map((i) => columns[i]?.name ?? "");
  const series = [...found].map(([id, one]) => ({ id, ...one }));
  return { at, step: shape.step, names, series: series.toSorted((a, b) => sum(b.figures[0] ?? []) - sum(a.figures[0] ?? [])) };
}

/** What is drawn: the series that were not put away, and whether the others make a band of their own. */
export interface Drawn {
  readonly shown: readonly Series[];
  /** The sums of what is not drawn one by one; only of counts. */
  readonly others: readonly (number | null)[] | undefined;
  readonly left: number;
}

/** Chooses the first five that are not hidden. Hidden ones are in no sum. */
export function drawn(chart: Chart, value: number, hidden: ReadonlySet<string>): Drawn {
  const open = chart.series.filter(({ id }) => !hidden.has(id));
  const shown = open.slice(0, mostDrawn);
  const rest = open.slice(mostDrawn);
  const others = rest.length > 0 && additive(chart.names[value] ?? "") ? chart.at.map((_, i) => sum(rest.map(({ figures }) => figures[value]?.[i] ?? null))) : undefined;
  return { shown, others, left: rest.length };
}

/** Puts series on each other: the top of each in each step. */
export function stackOf(lists: readonly (readonly (number | null)[])[]): readonly (readonly number[])[] {
  let below: readonly number[] = [];
  return lists.map((list) => {
    below = list.map((n, i) => (below[i] ?? 0) + (n ?? 0));
    return below;
  });
}

/** The least, the greatest and the last figure of a series; undefined where it has none. */
export function extent(list: readonly (number | null)[]): { readonly least: number; readonly most: number; readonly last: number } | undefined {
  const known = list.filter((n) => n !== null);
  const last = known.at(-1);
  return last === undefined ? undefined : { least: Math.min(...known), most: Math.max(...known), last };
}

/** Round numbers from 0 up to where everything has room, for the axis. */
export function roundAxis(highest: number, most = 4): readonly number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Moves labels apart that would cover each other, keeping their order and staying within [0, room]; positions are middles. */
export function spread(wanted: readonly number[], height: number, room: number): readonly number[] {
  const order = wanted.map((y, i) => ({ y, i })).toSorted((a, b) => a.y - b.y);
  const placed: number[] = [];
  for (const { y } of order) placed.push(Math.max(y, (placed.at(-1) ?? -Infinity) + height, height / 2));
  for (let i = placed.length - 1; i >= 0; i--) {
    const limit = i === placed.length - 1 ? room - height / 2 : (placed[i + 1] ?? room) - height;
    placed[i] = Math.min(placed[i] ?? 0, limit);
  }
  const out = wanted.map(() => 0);
  for (const [place, { i }] of order.entries()) out[i] = placed[place] ?? 0;
  return out;
}
