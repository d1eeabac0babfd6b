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

/** What an answer that was computed of many events says of itself. */
export interface Whole {
  readonly from: string;
  readonly to: string;
  /** A percentile or a count of different values is within 2 %, not exact. */
  readonly approximate: boolean;
  readonly partial: boolean;
  readonly reason: string;
  readonly scanned: Scanned;
  readonly ms: number;
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
  /** Of a sequence: what became of its first events. */
  readonly sequence?: { readonly first: number; readonly undecided: number; readonly leftOut: number; readonly decidedTo: string };
  /** When nothing was found: what would have. */
  readonly near?: readonly NearQuery[];
}

/** A query that finds something where another found nothing, or the same one at another time. */
export interface NearQuery {
  readonly q: string;
  readonly why: string;
  readonly from?: string;
  readonly to?: string;
  /** Absent when counting took too long. */
  readonly count?: number;
  readonly more?: boolean;
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

/** What the numbers of a field are like. */
export interface Numbers {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Counts up to `to`, from the end of the one before; the first begins at `min`. */
  readonly bins: readonly { readonly to: number; readonly count: number }[];
}

export interface FacetField extends FieldValues {
  readonly type: string;
  /** There are more different values than `distinct`. */
  readonly more: boolean;
  readonly numbers?: Numbers;
}

interface Estimate {
  readonly matching: number;
  /** Of the events that were read: below 1 the counts are estimates. */
  readonly share: number;
  readonly approximate: boolean;
  readonly partial: boolean;
  readonly reason?: string;
  readonly scanned: Scanned;
  readonly ms: number;
}

export interface FacetAnswer extends Estimate {
  readonly fields: readonly FacetField[];
}

export interface Statistics extends Estimate, FacetField {
  readonly absent: number;
  readonly from: string;
  readonly to: string;
  readonly stepMs: number;
  /** How many events have the field, by step. */
  readonly times: readonly number[];
}

/** A field that events have. */
export interface SeenField {
  /** As a query asks for it. */
  readonly name: string;
  readonly type: string;
  /** A key in data, not a column. */
  readonly data?: boolean;
  readonly present: number;
  /** Of the events that were looked at. */
  readonly share: number;
}

export interface Fields {
  readonly aliases: Readonly<Record<string, string>>;
  readonly seen: readonly SeenField[];
  readonly looked: number;
}

/** How a search came to its first events. */
export interface Explained {
  /** The query as it was understood. */
  readonly text: string;
  readonly found: number;
  readonly steps: readonly { readonly step: string; readonly detail: string; readonly rows: number; readonly ms: number }[];
  readonly segments: readonly {
    readonly segment: number;
    readonly state: string;
    readonly events: number;
    readonly bytes: number;
    readonly verdict: string;
    readonly reason?: string;
    /** The rows that the index leaves; absent where it rules out none. */
    readonly candidates?: number;
  }[];
  readonly unlisted: number;
  readonly bytes: number;
  readonly partial: boolean;
  readonly reason: string;
  readonly scanned: Scanned;
  readonly ms: number;
}

export interface Completions {
  readonly field: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly more: boolean;
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
