import { search } from "../../api/search";
import type { LogEvent } from "../../api/types";
import { rfc3339 } from "../../model/format";
import type { Span } from "../../model/timeRange";

/** Events are a little older than their arrival: so far (ms) before the break the reading begins. */
const lateness = 60_000;

export interface Gap {
  readonly events: readonly LogEvent[];
  /** There were more than `most`, or the server could not read all. */
  readonly part: boolean;
}

/** Reads what came while a live line was broken, newest first, at most about `most` events. */
export async function readGap(q: string, project: string, gap: Span, most: number, signal: AbortSignal): Promise<Gap> {
  const asked = { q, project, from: rfc3339(gap.from - lateness), to: rfc3339(gap.to + 1000) };
  const events: LogEvent[] = [];
  let cursor: string | undefined;
  for (;;) {
    // Each page begins where the one before ended.
    // oxlint-disable-next-line no-await-in-loop
    const end = await search(asked, { limit: 1000, cursor }, (lot) => events.push(...lot), signal);
    cursor = end.next;
    if (cursor === undefined || events.length >= most) return { events, part: cursor !== undefined || end.partial };
  }
}
