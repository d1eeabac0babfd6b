import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { ApiError } from "../../api/client";
import { tail } from "../../api/tail";
import type { LogEvent } from "../../api/types";
import { Live, type LiveState, mostWaiting } from "../../model/live";
import type { SearchRun } from "./SearchRun";

export type Line =
  | { readonly state: "connecting" }
  | { readonly state: "open"; /** a break that ended lately, ms */ readonly gap?: { readonly from: number; readonly to: number } }
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
 * after it, so that nothing falls between the two; the same after a break.
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
    const stop = tail(q, project, {
      open: (isAgain, since) => {
        setLine({ state: "open", ...(isAgain && since !== undefined ? { gap: { from: since, to: Date.now() } } : {}) });
        again();
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
