import { count, eventTime, rfc3339 } from "./format";

/** How much of what was logged has arrived, as GET /v1/delivery tells it, and what the page makes of it. */

export interface Sums {
  readonly streams: number;
  readonly open: number;
  readonly closed: number;
  readonly abrupt: number;
  readonly silent: number;
  /** Judged, and nothing is missing. */
  readonly whole: number;
  readonly stored: number;
  readonly missing: number;
  readonly omitted: number;
  /** Stored, and not yet here, of open streams. */
  readonly arrived: number;
  readonly waiting: number;
  readonly logged: number;
  /** "99.99996 %", "" when nothing was logged. */
  readonly share: string;
}

export interface Day extends Sums {
  readonly day: string;
}

export interface Sender extends Sums {
  readonly app: string;
  readonly sdk: string;
  readonly days: readonly Day[];
}

export interface Delivery {
  readonly project: string;
  readonly now: string;
  readonly from: string;
  readonly to: string;
  readonly total: Sums;
  readonly days: readonly Day[];
  readonly senders: readonly Sender[];
  readonly others: Sums | null;
  readonly reasons: readonly { readonly reason: string; readonly streams: number; readonly events: number }[];
  readonly partial: boolean;
  readonly reason: string;
}

/** A run of numbers; times and reasons where they are known. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly reason?: string;
  readonly after?: string;
  readonly before?: string;
}

export type StreamState = "open" | "closed" | "abrupt" | "silent";

export interface Stream {
  readonly stream: string;
  readonly app: string;
  readonly sdk: string;
  readonly day: string;
  readonly state: StreamState;
  readonly highest: number;
  readonly stored: number;
  readonly omitted: number;
  readonly missing: number;
  readonly closedAt?: number;
  readonly gaps: readonly Run[];
  readonly moreGaps: number;
  readonly left: readonly Run[];
  readonly moreLeft: number;
}

export interface StreamDetail extends Stream {
  readonly runs: readonly Run[];
  readonly first: string | null;
  readonly last: string | null;
  readonly whole: boolean;
}

export const shows = ["missing", "waiting", "omitted", "all"] as const;
export type Show = (typeof shows)[number];
export const spans = [7, 30, 60] as const;

/** The page's state, which is its address. A sender is chosen by both of its names, which may be empty. */
export interface DeliveryState {
  readonly days: (typeof spans)[number];
  readonly show: Show;
  readonly sender: { readonly app: string; readonly sdk: string } | undefined;
  /** One day alone, "" for all. */
  readonly day: string;
  /** The stream that is open. */
  readonly sel: string;
}

export function parseDelivery(at: Readonly<Record<string, string | undefined>>): DeliveryState {
  const days = spans.find((n) => String(n) === at["days"]) ?? 30;
  const show = shows.find((name) => name === at["show"]) ?? "missing";
  // Either name may be empty, and empty parameters are not kept.
  const by = at["sender"] ?? "";
  const cut = by.lastIndexOf("~");
  const sender = cut < 0 ? undefined : { app: by.slice(0, cut), sdk: by.slice(cut + 1) };
  const day = /^\d{4}-\d\d-\d\d$/.test(at["day"] ?? "") ? (at["day"] ?? "") : "";
  return { days, show, sender, day, sel: at["sel"] ?? "" };
}

/** As the address holds it: what is usual is left out. */
export function formatDelivery(state: DeliveryState): Record<string, string> {
  return {
    ...(state.days === 30 ? {} : { days: String(state.days) }),
    ...(state.show === "missing" ? {} : { show: state.show }),
    ...(state.sender === undefined ? {} : { sender: `${state.sender.app}~${state.sender.sdk}` }),
    ...(state.day === "" ? {} : { day: state.day }),
    ...(state.sel === "" ? {} : { sel: state.sel }),
  };
}

const dayMs = 86_400_000;

/** The UTC days that end today. */
export function daysUntil(now: number, days: number): { readonly from: string; readonly to: string } {
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  return { from: text(now - (days - 1) * dayMs), to: text(now) };
}

/** How a day of a sender stands: nothing came, nothing is missing, some still open, some missing, many (more than one in a hundred). */
export type Tone = "none" | "whole" | "open" | "some" | "many";

export function toneOf(sums: Sums | undefined): Tone {
  if (sums === undefined || sums.streams === 0) return "none";
  if (sums.missing > 0) return sums.missing * 100 > sums.logged ? "many" : "some";
  return sums.open > 0 ? "open" : "whole";
}

/** One entry a day of a report, also where nothing came. */
export function cells(days: readonly Day[], all: readonly Day[]): readonly (Day | undefined)[] {
  const by = new Map(days.map((day) => [day.day, day]));
  return all.map(({ day }) => by.get(day));
}

/** Streams that are judged and miss something. */
export const lacking = (sums: Sums): number => sums.streams - sums.open - sums.whole;

/** What the counts prove: whether a loss of one in a million would show, and whether the bar of six nines is held. */
export type Proof = "none" | "few" | "whole" | "held" | "missed";

export function proofOf({ logged, missing }: Sums): Proof {
  if (logged === 0) return "none";
  if (missing === 0) return logged < 1_000_000 ? "few" : "whole";
  return missing * 1_000_000 <= logged ? "held" : "missed";
}

/** "4,120–4,126", or one number. */
export function runText({ from, to }: Run): string {
  return from === to ? count(from) : `${count(from)}–${count(to)}`;
}

export const runLength = ({ from, to }: Run): number => to - from + 1;

export type Fate = "stored" | "left" | "missing";

/** A piece of a stream's bar, in percent. */
export interface Piece {
  readonly fate: Fate;
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly width: number;
}

/** The numbers of a stream as pieces of a bar. What is missing is never thinner than one percent, so that it is seen. */
export function pieces(stream: StreamDetail): readonly Piece[] {
  const { highest } = stream;
  if (highest === 0) return [];
  const piece = (fate: Fate, { from, to }: Run, least: number): Piece => {
    const width = Math.max(least, ((to - from + 1) / highest) * 100);
    return { fate, from, to, at: Math.min(((from - 1) / highest) * 100, 100 - width), width };
  };
  // What comes later is drawn over what stands before it.
  return [...stream.runs.map((run) => piece("stored", run, 0)), ...stream.left.map((run) => piece("left", run, 0.6)), ...stream.gaps.map((run) => piece("missing", run, 1))];
}

/** A text as the query language takes it whole. */
export const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** The search for a stream's events; around a run of numbers those next to it. */
export function eventsOf(stream: StreamDetail, run?: Run): Record<string, string> {
  const near = run === undefined ? "" : ` and seq:[${Math.max(1, run.from - 20)} to ${run.to + 20}]`;
  const [from, to] = [stream.first, stream.last].map((time) => (time === null ? undefined : eventTime(time)?.ms));
  const day = Date.parse(`${stream.day}T00:00:00Z`);
  return { q: `stream:${quoted(stream.stream)}${near}`, from: rfc3339(Math.floor(from ?? day) - 1000), to: rfc3339((to ?? day + 3 * dayMs) + 1000) };
}
