import type { LogEvent } from "../api/types";
import { columnText } from "./eventFields";
import { messageOf } from "./message";

/** The cells of a row, in the order in which one walks them: the fixed ones and the user's columns. */
export function cellNames(columns: readonly string[]): readonly string[] {
  return ["time", "level", "service", "message", ...columns.map((field) => `col:${field}`), "timeCost"];
}

/** What one can filter by at a cell. */
export interface CellValue {
  readonly field: string;
  readonly value: string;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * Who wrote an event, for the service column: the function that ran, the
 * service that was called, the page's app, or the module of a text log.
 */
export function originOf(event: LogEvent): CellValue | undefined {
  const service = text(event.service);
  // Of these the app says more: call-api rather than app, tickets-db rather than database.
  const order = ["app", "database", "storage"].includes(service) ? ["app", "service", "module", "subsys", "host"] : ["function", "service", "app", "module", "subsys", "host"];
  for (const field of order) {
    const value = text(event[field]);
    if (value !== "") return { field, value };
  }
  return undefined;
}

/** The value of a cell; undefined where there is none, or no filter makes sense. */
export function cellValue(event: LogEvent, cell: string): CellValue | undefined {
  if (cell === "level") return event.level === undefined ? undefined : { field: "level", value: event.level };
  if (cell === "service") return originOf(event);
  if (cell === "message") {
    if (event.errorCode !== undefined && event.errorCode !== "") return { field: "errorCode", value: event.errorCode };
    const field = text(event.msg) !== "" ? "msg" : "raw";
    const value = messageOf(event);
    return value === "" || text(event[field]) === "" ? undefined : { field, value };
  }
  if (cell === "timeCost") return event.timeCost === undefined ? undefined : { field: "timeCost", value: String(event.timeCost) };
  if (cell.startsWith("col:")) {
    const field = cell.slice(4);
    const value = columnText(event, field);
    return value === "" ? undefined : { field, value };
  }
  return undefined;
}

export function isProblem(event: LogEvent): boolean {
  return event.level === "error" || event.level === "fatal";
}
