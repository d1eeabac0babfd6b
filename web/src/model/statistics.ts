import { quoteField } from "./clauses";
import { count } from "./format";

/** A share for people: as many digits as tell something, and never 0 or 100 % of what is neither. */
export function percent(share: number): string {
  if (share <= 0) return "0 %";
  if (share >= 1) return "100 %";
  if (share < 0.001) return "< 0.1 %";
  if (share > 0.999) return "> 99.9 %";
  const text = (share * 100).toFixed(share < 0.1 || share > 0.99 ? 1 : 0);
  return `${text.replace(/\.0$/, "")} %`;
}

/** A number for people: whole ones with their thousands, others with four digits. */
export function figure(n: number): string {
  if (!Number.isFinite(n)) return "";
  if (Number.isInteger(n) && Math.abs(n) < 1e15) return count(n);
  if (Math.abs(n) >= 1e15 || Math.abs(n) < 1e-4) return n.toPrecision(4);
  return Number(n.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 8 });
}

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The bins of numbers with where each begins. */
export function binsOf(min: number, bins: readonly { readonly to: number; readonly count: number }[]): readonly Bin[] {
  return bins.map(({ to, count: n }, i) => ({ from: bins[i - 1]?.to ?? min, to, count: n }));
}

/** A number as a query writes it: no sign that would mean something else. */
function written(n: number): string {
  const text = String(n);
  return /e/i.test(text) && Math.abs(n) < 1e21 ? n.toFixed(20).replace(/\.?0+$/, "") : text;
}

/** The clause that asks for the numbers of bins, the first and the last one included. */
export function binClause(field: string, first: Bin, last: Bin, max: number): string {
  const [low, high] = first.from <= last.from ? [first, last] : [last, first];
  // A bin holds the numbers below its end; the last of all also its end.
  return high.to >= max ? `${quoteField(field)}:>=${written(low.from)}` : `${quoteField(field)}:[${written(low.from)} to ${written(high.to)}]`;
}
