import { get } from "./client";
import type { Asked } from "./search";
import type { Scanned, UnknownField } from "./types";

/** A value of a table: null is the group of the events without the field, or a number that there is none of. */
export type Cell = string | number | null;

export interface TableColumn {
  readonly name: string;
  readonly type: "text" | "number" | "time" | "level";
}

/** What the pipes of a query made of the events. */
export interface TableAnswer {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly Cell[])[];
  readonly from: string;
  readonly to: string;
  /** A percentile or a count of different values is within 2 %, not exact. */
  readonly approximate: boolean;
  readonly partial: boolean;
  readonly reason: string;
  readonly scanned: Scanned;
  readonly ms: number;
  readonly unknownFields?: readonly UnknownField[];
}

/** The table of a query with pipes; steps of time begin in `zone`. */
export function table(asked: Asked, zone: string, signal?: AbortSignal): Promise<TableAnswer> {
  return get<TableAnswer>("/v1/table", { ...asked, zone }, signal);
}
