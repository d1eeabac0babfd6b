import type { LogEvent } from "../api/types";
import type { Rows } from "./rows";

/** Rows that a live list keeps: all that may wait fit in. */
export const mostLiveRows = 20_000;
/** Rows that wait while the list is paused or read further down. */
export const mostWaiting = 10_000;

export interface LiveState {
  readonly paused: boolean;
  /** New rows go straight into the list: it is at its top and not paused. */
  readonly following: boolean;
  /** Rows that wait to be shown. */
  readonly waiting: number;
  /** Rows that came while the waiting room was full; they can be searched, not seen here. */
  readonly leftOut: number;
  /** Rows that the server left out because this page read too slowly. */
  readonly dropped: number;
  /** Old rows that were dropped from the end of the list. */
  readonly trimmed: number;
  /** Events a second, over the last five. */
  readonly rate: number;
}

/** Orders the API's times, which are all UTC with as many decimals as they need. */
function compareTimes(a: string, b: string): number {
  const left = a.replace(/Z$/, "");
  const right = b.replace(/Z$/, "");
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * What arrives live, on its way into the list. Rows go in only while the list
 * is at its top and not paused, so that what is being read never moves; else
 * they wait, newest 10,000 at most, and what did not fit is counted.
 */
export class Live {
  readonly #rows: Rows;
  #waiting: LogEvent[] = [];
  readonly #waitingIds = new Set<string>();
  #atTop = true;
  #paused = false;
  #leftOut = 0;
  #dropped = 0;
  #trimmed = 0;
  #arrivals: { readonly at: number; readonly n: number }[] = [];
  #state: LiveState;
  #listeners = new Set<() => void>();

  constructor(rows: Rows) {
    this.#rows = rows;
    this.#state = this.#read(0);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LiveState => this.#state;

  /** Events as they came, oldest first; `now` in ms. */
  arrive(lot: readonly LogEvent[], now: number): void {
    this.#arrivals.push({ at: now, n: lot.length });
    const newestFirst = lot.toReversed().toSorted((a, b) => compareTimes(b.time, a.time));
    if (this.#atTop && !this.#paused) {
      this.#trimmed += this.#rows.prepend(newestFirst, mostLiveRows);
    } else this.#wait(newestFirst);
    this.#changed(now);
  }

  /** What came while the line was broken and was read afterwards, in any order. It goes where rows go now, and is no part of the rate; gives how many of it are new. */
  missed(lot: readonly LogEvent[], now: number): number {
    const fresh = this.#wait(lot.toSorted((a, b) => compareTimes(b.time, a.time)));
    if (this.#atTop && !this.#paused) this.#release();
    this.#changed(now);
    return fresh;
  }

  #wait(newestFirst: readonly LogEvent[]): number {
    const fresh = newestFirst.filter(({ id }) => !this.#rows.has(id) && !this.#waitingIds.has(id));
    for (const { id } of fresh) this.#waitingIds.add(id);
    const [oldest, newest] = [fresh.at(-1), this.#waiting[0]];
    const inOrder = oldest === undefined || newest === undefined || compareTimes(oldest.time, newest.time) >= 0;
    this.#waiting = [...fresh, ...this.#waiting];
    if (!inOrder) this.#waiting.sort((a, b) => compareTimes(b.time, a.time));
    const over = this.#waiting.splice(mostWaiting);
    for (const { id } of over) this.#waitingIds.delete(id);
    this.#leftOut += over.length;
    return fresh.length;
  }

  /** The list was scrolled to its top, or away from it. */
  setAtTop(atTop: boolean, now: number): void {
    if (this.#atTop === atTop) return;
    this.#atTop = atTop;
    if (atTop && !this.#paused) this.#release();
    this.#changed(now);
  }

  setPaused(paused: boolean, now: number): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    if (!paused && this.#atTop) this.#release();
    this.#changed(now);
  }

  /** The server says that it left out some. */
  drop(count: number, now: number): void {
    this.#dropped += count;
    this.#changed(now);
  }

  /** Lets the rate fall when nothing comes. */
  tick(now: number): void {
    if (this.#arrivals.length > 0 || this.#state.rate > 0) this.#changed(now);
  }

  #release(): void {
    this.#trimmed += this.#rows.prepend(this.#waiting, mostLiveRows);
    this.#waiting = [];
    this.#waitingIds.clear();
  }

  #read(now: number): LiveState {
    this.#arrivals = this.#arrivals.filter(({ at }) => now - at < 5000);
    const rate = this.#arrivals.reduce((sum, { n }) => sum + n, 0) / 5;
    return { paused: this.#paused, following: this.#atTop && !this.#paused, waiting: this.#waiting.length, leftOut: this.#leftOut, dropped: this.#dropped, trimmed: this.#trimmed, rate };
  }

  #changed(now: number): void {
    this.#state = this.#read(now);
    for (const listener of this.#listeners) listener();
  }
}
