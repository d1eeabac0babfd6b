import { type Asked, search } from "../../api/search";
import { isAbort } from "../../api/client";
import type { LogEvent, SearchEnd } from "../../api/types";
import { Rows } from "../../model/rows";
import type { Span } from "../../model/timeRange";

/** What is searched: the query in a range that was fixed when it began. */
export interface Question extends Asked {
  readonly span: Span;
}

export interface RunState {
  readonly phase: "idle" | "running" | "done" | "failed" | "cancelled";
  readonly question: Question | undefined;
  /** Whose rows are in the list: while a new run has none yet, still the last one's. */
  readonly shown: Question | undefined;
  /** The closing line of the last page that was read. */
  readonly end: SearchEnd | undefined;
  readonly error: Error | undefined;
  readonly more: "none" | "ready" | "reading" | "failed";
  /** The run takes longer than a glance: only now the page says that it reads. */
  readonly slow: boolean;
}

/** Within this time (ms) nothing is said: most answers are there before it is over. */
const glance = 150;

/** Rows are asked for in pages of this size. */
export const pageSize = 200;

/**
 * One search page's searching: at most one run at a time, whose rows go into
 * `rows`. The rows of the run before stay until the first new one has come, or
 * it is known that there is none; after an error they stay for good.
 */
export class SearchRun {
  readonly rows = new Rows();
  #state: RunState = { phase: "idle", question: undefined, shown: undefined, end: undefined, error: undefined, more: "none", slow: false };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): RunState => this.#state;

  /** Begins a run; the one before, if it still reads, is stopped. */
  async run(question: Question): Promise<void> {
    const signal = this.#begin();
    this.#set({ phase: "running", question, error: undefined, more: "none", slow: false });
    this.#timer = setTimeout(() => this.#set({ slow: true }), glance);
    let fresh = true;
    const take = (lot: LogEvent[]) => {
      if (signal.aborted) return;
      if (fresh) {
        fresh = false;
        this.#set({ shown: question });
        this.rows.replace(lot);
      } else this.rows.append(lot);
    };
    try {
      const end = await search(asked(question), { limit: pageSize }, take, signal);
      if (fresh) this.rows.replace([]);
      this.#set({ phase: "done", shown: question, end, more: end.next === undefined ? "none" : "ready" });
    } catch (err) {
      if (signal.aborted || isAbort(err)) return;
      this.#set({ phase: "failed", error: err instanceof Error ? err : new Error(String(err)) });
    }
  }

  /** Reads the next page, if there is one and nothing else is being read. */
  async readOn(): Promise<void> {
    const { more, shown, end, phase } = this.#state;
    if ((more !== "ready" && more !== "failed") || phase === "running" || shown === undefined || end?.next === undefined) return;
    const signal = this.#begin();
    this.#set({ more: "reading", error: undefined });
    try {
      const next = await search(
        asked(shown),
        { limit: pageSize, cursor: end.next },
        (lot) => {
          if (!signal.aborted) this.rows.append(lot);
        },
        signal,
      );
      // The newest first events, which alone may be undecided, are those of the first page.
      this.#set({ phase: "done", end: { ...next, ...(end.sequence === undefined ? {} : { sequence: end.sequence }) }, more: next.next === undefined ? "none" : "ready" });
    } catch (err) {
      if (signal.aborted || isAbort(err)) return;
      this.#set({ more: "failed", error: err instanceof Error ? err : new Error(String(err)) });
    }
  }

  /** Stops what is being read. What is there stays, as a part. */
  readonly cancel = (): void => {
    const { phase, more } = this.#state;
    if (phase !== "running" && more !== "reading") return;
    this.#abort?.abort();
    this.#set(more === "reading" ? { more: "ready" } : { phase: "cancelled" });
  };

  /** No more pages: live rows pushed the end of the list out. */
  forgetMore(): void {
    if (this.#state.more !== "none") this.#set({ more: "none" });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  #begin(): AbortSignal {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = new AbortController();
    return this.#abort.signal;
  }

  #set(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#state.phase !== "running") {
      clearTimeout(this.#timer);
      if (this.#state.slow) this.#state = { ...this.#state, slow: false };
    }
    for (const listener of this.#listeners) listener();
  }
}

function asked({ q, from, to, project }: Question): Asked {
  return { q, from, to, project };
}
