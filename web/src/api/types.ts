/** The six levels, least severe first. */
export const levels = ["debug", "info", "notice", "warn", "error", "fatal"] as const;
export type Level = (typeof levels)[number];

/**
 * An event as the API sends it. Times are RFC 3339 with up to nine decimals.
 * What is absent is left out; an event may carry fields that this version of
 * the page does not know.
 */
export interface LogEvent {
  readonly id: string;
  readonly time: string;
  readonly level?: string;
  readonly msg?: string;
  readonly raw?: string;
  readonly data?: unknown;
  readonly service?: string;
  readonly category?: string;
  readonly traceId?: string;
  readonly errorCode?: string;
  readonly errorMsg?: string;
  readonly timeCost?: number;
  readonly [field: string]: unknown;
}

export interface Scanned {
  readonly segments: number;
  readonly segmentsTotal: number;
  readonly rows: number;
}

export interface UnknownField {
  readonly name: string;
  readonly suggestion?: string;
}

/** The last line of a search. */
export interface SearchEnd {
  readonly partial: boolean;
  readonly reason?: string;
  readonly count: number;
  readonly scanned: Scanned;
  readonly ms: number;
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
  readonly unknownFields?: readonly UnknownField[];
}

export interface Histogram {
  readonly from: string;
  readonly to: string;
  readonly stepMs: number;
  readonly buckets: readonly { readonly time: string; readonly counts: Readonly<Record<string, number>> }[];
  readonly total: number;
  readonly levels: Readonly<Record<string, number>>;
  readonly partial: boolean;
  readonly reason?: string;
  readonly scanned: Scanned;
  readonly ms: number;
}

export interface FieldValues {
  readonly name: string;
  /** How many events have the field. */
  readonly present: number;
  readonly distinct: number;
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

export interface Values {
  readonly fields: readonly FieldValues[];
  readonly partial: boolean;
  readonly scanned: Scanned;
  readonly ms: number;
}

export interface Checked {
  readonly ok: true;
  /** The query in its canonical form. */
  readonly text: string;
  /** What to mark in messages. */
  readonly words?: readonly string[];
  readonly unknownFields?: readonly UnknownField[];
}

export interface Me {
  readonly user: { readonly name: string; readonly role: string };
  readonly projects: readonly { readonly name: string }[];
  readonly version: string;
  /** The server's own time zone. */
  readonly zone: string;
  /** Nothing was ever stored: every page shows one line and the way to Add data. */
  readonly empty: boolean;
}
