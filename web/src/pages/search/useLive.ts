import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { ApiError } from "../../api/client";
import { tail } from "../../api/tail";
import type { LogEvent } from "../../api/types";
import { Live, type LiveState, mostWaiting } from "../../model/live";
import type { Span } from "../../model/timeRange";
import { readGap } from "./readGap";
import type { SearchRun } from "./SearchRun";

/** When the line was broken (ms), and what became of that which came meanwhile. */
export interface BrokenTime extends Span {
  /** "list": the list is read anew; "reading" and "read": it waits with the other rows; "part": not all of it; "failed": a search finds it. */
  readonly state: "list" | "reading" | "read" | "part" | "failed";
  readonly events: number;
}

export type Line =
  | { readonly state: "connecting" }
  | { readonly state: "open"; /** a break that ended lately */ readonly gap?: BrokenTime }
  | { readonly state: "broken"; readonly nextTry: number }
  | { readonly state: "refused"; readonly reason: string };

export interface LiveView {
  readonly state: LiveState;
  readonly line: Line;
  readonly setAtTop: (atTop: boolean) => void;
  readonly setPaused: (paused: boolean) => void;
}

const noStop = () => undefined;

/**
 * Follows the query while `on`. The line is opened first and the search run
 * after it, so that nothing falls between the two. After a break the same,
 * while the list follows; else what came meanwhile is read and waits.
 */
export function useLive(on: boolean, q: string, project: string, run: SearchRun, again: () => void): LiveView | undefined {
  // Another query is another list: what waited for the last one is gone with it.
  const live = useMemo(() => (on && q !== undefined && project !== "" ? new Live(run.rows) : undefined), [on, q, project, run]);
  const [line, setLine] = useState<Line>({ state: "connecting" });
  const state = useSyncExternalStore(live?.subscribe ?? noSubscribe, () => live?.state());

  useEffect(() => {
    if (live === undefined) return undefined;
    let pending: readonly LogEvent[] = [];
    let frame = 0;
    // A thousand events a second are painted sixty times. While a search runs
    // they wait: its rows replace the list, and would take these with them.
    const schedule = () => {
      if (pending.length > 0 && run.state().phase !== "running") frame ||= requestAnimationFrame(flush);
    };
    const flush = () => {
      frame = 0;
      const lot = pending;
      pending = [];
      live.arrive(lot, Date.now());
      if (live.state().trimmed > 0) run.forgetMore();
    };
    const filling = new AbortController();
    const fill = async (broken: Span) => {
      const say = (state: BrokenTime["state"], events = 0) => setLine((old) => (old.state === "open" || state === "reading" ? { state: "open", gap: { ...broken, state, events } } : old));
      say("reading");
      try {
        const { events, part } = await readGap(q, project, broken, mostWaiting, filling.signal);
        const missed = live.missed(events, Date.now());
        say(part ? "part" : "read", missed);
      } catch {
        if (!filling.signal.aborted) say("failed");
      }
    };
    const stop = tail(q, project, {
      open: (isAgain, since) => {
        const broken = isAgain && since !== undefined ? { from: since, to: Date.now() } : undefined;
        // What is being read must not move: then what was missed waits with the rest.
        if (broken !== undefined && run.rows.length > 0 && !live.state().following) void fill(broken);
        else {
          setLine({ state: "open", ...(broken === undefined ? {} : { gap: { ...broken, state: "list", events: 0 } }) });
          again();
        }
      },
      events: (lot) => {
        pending = [...pending, ...lot];
        const over = pending.length - mostWaiting;
        if (over > 0) {
          pending = pending.slice(over);
          live.drop(over, Date.now());
        }
        schedule();
      },
      dropped: (count) => live.drop(count, Date.now()),
      broken: (nextTry) => setLine({ state: "broken", nextTry }),
      refused: (error) => setLine({ state: "refused", reason: error instanceof ApiError ? error.message : String(error) }),
    });
    const unsubscribe = run.subscribe(schedule);
    const clock = setInterval(() => live.tick(Date.now()), 1000);
    return () => {
      stop();
      filling.abort();
      unsubscribe();
      clearInterval(clock);
      cancelAnimationFrame(frame);
      setLine({ state: "connecting" });
    };
  }, [live, q, project, run, again]);

  const setAtTop = useCallback((atTop: boolean) => live?.setAtTop(atTop, Date.now()), [live]);
  const setPaused = useCallback((paused: boolean) => live?.setPaused(paused, Date.now()), [live]);
  return live === undefined || state === undefined ? undefined : { state, line, setAtTop, setPaused };
}

function noSubscribe(): () => void {
  return noStop;
}
