import { useCallback, useState, useSyncExternalStore } from "react";

/** The time (ms since the epoch), renewed each `everyMs` while `on`, in whole steps of it. */
export function useNow(everyMs: number, on = true): number {
  const subscribe = useCallback(
    (tick: () => void) => {
      if (!on) return () => {};
      const timer = setInterval(tick, everyMs);
      return () => clearInterval(timer);
    },
    [everyMs, on],
  );
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / everyMs) * everyMs);
}

/** Whole seconds until a moment (ms since the epoch), counting down; 0 once it is over. */
export function useSecondsUntil(moment: number): number {
  const [over, setOver] = useState(0);
  const now = useNow(250, moment > over);
  if (moment > over && now >= moment) setOver(moment);
  return Math.max(0, Math.ceil((moment - now) / 1000));
}
