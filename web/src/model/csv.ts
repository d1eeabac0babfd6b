import type { Cell } from "../api/table";

/**
 * One cell of CSV (RFC 4180). Spreadsheets run what begins like a formula, so
 * such a text gets an apostrophe in front; numbers are numbers.
 */
function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = /^[\s\uFEFF]*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as CSV, with its names in the first line. */
export function csv(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [names, ...rows].map((row) => `${row.map((cell) => csvCell(cell)).join(",")}\r\n`).join("");
}
