import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { arrivalsQuery } from "../../api/keys";
import { meQuery } from "../../api/session";
import { useNow } from "../../hooks/useNow";
import { type Arrivals, diagnose, type Diagnosis, pollEvery } from "../../model/arrival";
import type { PageKey } from "./freshKeys";

/** How far the first event of a key has come. */
export interface Arrival extends Diagnosis {
  readonly seen: Arrivals | undefined;
  readonly waitedMs: number;
  /** The last question was not answered. */
  readonly unanswered: boolean;
  /** Asks now, for who does not want to wait for the next time. */
  readonly look: () => void;
}

/** Asks the server each second what it has seen of a key, until the first event is stored. */
export function useArrival(project: string, key: PageKey | undefined): Arrival {
  const { data, error, refetch } = useQuery({
    ...arrivalsQuery(project, key?.id ?? ""),
    enabled: key !== undefined,
    retry: false,
    refetchInterval: ({ state }) =>
      key === undefined || (state.data?.stored?.events ?? 0) > 0 ? false : pollEvery(Date.now() - key.since),
  });
  const done = (data?.stored?.events ?? 0) > 0;
  const client = useQueryClient();
  // The server is empty no longer; without this Search would say so still, for
  // the moment until the shell asks again.
  useEffect(() => {
    if (done) void client.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [client, done]);
  const now = useNow(1000, key !== undefined && !done);
  const waitedMs = key === undefined ? 0 : Math.max(0, now - key.since);
  const seen = key === undefined ? undefined : data;
  return {
    ...diagnose(seen, { fromPage: key?.type === "browser", origins: key?.origins ?? [], waitedMs }),
    seen,
    waitedMs,
    unanswered: error !== null,
    look: () => void refetch(),
  };
}
