import { parseEvent } from "../model/source";
import { address, type ApiError } from "./client";
import { follow } from "./follow";
import type { LogEvent } from "./types";

/** What a live tail tells its reader. */
export interface TailListener {
  /** The line stands; `again` after a break, which began at `since` (ms). */
  open(again: boolean, since: number | undefined): void;
  /** Events in the order in which they were stored, some at a time. */
  events(lot: LogEvent[]): void;
  /** The server left out this many, because this reader was too slow. */
  dropped(count: number): void;
  /** The line broke; another try comes at `nextTry` (ms). */
  broken(nextTry: number): void;
  /** The server refused: no other try comes. */
  refused(error: ApiError): void;
}

/** Follows a query live until the returned function is called, over breaks of the line. */
export function tail(q: string, project: string, listener: TailListener): () => void {
  return follow(address("/v1/tail", { q, project }), {
    open: (brokenAt) => listener.open(brokenAt !== undefined, brokenAt),
    messages(messages) {
      const lot: LogEvent[] = [];
      for (const { type, data } of messages) {
        if (type === "event") lot.push(parseEvent(data));
        else if (type === "dropped") listener.dropped((JSON.parse(data) as { count: number }).count);
      }
      if (lot.length > 0) listener.events(lot);
    },
    broken: (nextTry) => listener.broken(nextTry),
    refused: (error) => listener.refused(error),
  });
}
