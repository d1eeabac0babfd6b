import { get } from "./client";
import type { LogEvent } from "./types";

/** What events may have in common with one; "time" is nothing but their order. */
export type Common = "time" | "stream" | "session" | "trace" | "call" | "account" | "device" | "host";

/** The events before and after one, as they happened: the earliest first. */
export interface Context {
  readonly by: Common;
  /** What else may be asked of this event. */
  readonly has: readonly Common[];
  readonly before: readonly LogEvent[];
  readonly after: readonly LogEvent[];
  /** Where more of either side begins; absent at its end. */
  readonly earlier?: string;
  readonly later?: string;
  readonly partial: boolean;
  readonly reason?: string;
}

export interface ContextAsked {
  readonly id: string;
  readonly project: string;
  readonly by: Common;
  readonly earlier?: string;
  readonly later?: string;
}

/** The events around one, `most` on each side, or more of one side from its cursor on. */
export function context({ id, project, by, earlier, later }: ContextAsked, most: number, signal?: AbortSignal): Promise<Context> {
  return get<Context>("/v1/context", { id, project, by, before: most, after: most, earlier, later }, signal);
}
