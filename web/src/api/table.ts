import { get } from "./client";
import type { Asked } from "./search";
import type { UnknownField, Whole } from "./types";

/** A value of a table: null is the group of the events without the field, or a number that there is none of. */
export type Cell = string | number | null;

export interface TableColumn {
  readonly name: string;
  readonly type: "text" | "number" | "time" | "level";
}

/** What the pipes of a query made of the events. */
export interface TableAnswer extends Whole {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly unknownFields?: readonly UnknownField[];
}

/** The table of a query with pipes; steps of time begin in `zone`. */
export function table(asked: Asked, zone: string, signal?: AbortSignal): Promise<TableAnswer> {
  return get<TableAnswer>("/v1/table", { ...asked, zone }, signal);
}
