import { coversOrigin } from "./origin";

/** What the server has seen of one key since it started; the answer of GET /v1/arrivals. */
export interface Arrivals {
  readonly reached: { readonly at: string; readonly from: string; readonly door: string } | null;
  readonly key: { readonly ok: boolean; readonly reason?: string } | null;
  readonly origin: { readonly ok: boolean; readonly origin: string; readonly reason?: string } | null;
  readonly stored: { readonly at: string; readonly events: number; readonly eventId?: string } | null;
}

/** The four things that stand between a sender and its first event, in order. */
export type StepId = "reached" | "key" | "origin" | "stored";

/**
 * A step is waiting until something is known of it, and failed when it stands
 * in the way of all that follow. Allowed = was refused, and has been put right
 * since; the sender's next try will show.
 */
export interface Step {
  readonly id: StepId;
  readonly state: "done" | "failed" | "allowed" | "waiting";
}

/** What would help, where something stands in the way. */
export type Remedy =
  | { readonly do: "allow-origin"; readonly origin: string }
  /** The key was refused. */
  | { readonly do: "new-key"; readonly reason: string }
  /** Nothing came for a while: ways to look why. */
  | { readonly do: "check-way" }
  /** Requests come and their key is right, but they hold nothing that could be stored. */
  | { readonly do: "check-body" };

export interface Diagnosis {
  readonly steps: readonly Step[];
  readonly remedy: Remedy | undefined;
  /** The first event is stored. */
  readonly done: boolean;
  /** How far the thread has come, of 1. */
  readonly progress: number;
}

export interface Circumstances {
  /** Browser keys have a list of origins; server keys are not asked for one. */
  readonly fromPage: boolean;
  /** The origins that the key allows now; they may be newer than the last request. */
  readonly origins: readonly string[];
  /** How long we have been waiting. */
  readonly waitedMs: number;
}

/** After this long without a sign we offer ways to look why. */
export const patienceMs = 20_000;

/** diagnose turns what the server saw into what a person should do next. */
export function diagnose(seen: Arrivals | undefined, { fromPage, origins, waitedMs }: Circumstances): Diagnosis {
  const done = seen?.stored != null && seen.stored.events > 0;
  const refused = seen?.key?.ok === false;
  const badOrigin = fromPage && seen?.origin?.ok === false ? seen.origin.origin : undefined;
  const allowed = badOrigin !== undefined && coversOrigin(origins, badOrigin);

  const steps: Step[] = [
    { id: "reached", state: done || seen?.reached ? "done" : "waiting" },
    { id: "key", state: refused ? "failed" : done || seen?.key?.ok ? "done" : "waiting" },
  ];
  if (fromPage) {
    const state = badOrigin !== undefined ? (allowed ? "allowed" : "failed") : done || seen?.origin?.ok ? "done" : "waiting";
    steps.push({ id: "origin", state });
  }
  steps.push({ id: "stored", state: done ? "done" : "waiting" });

  return { steps, done, progress: steps.filter((step) => step.state === "done").length / steps.length, remedy: remedy() };

  function remedy(): Remedy | undefined {
    // A refusal is told even after an earlier success: a second page of the
    // same sender may come from elsewhere.
    if (refused) return { do: "new-key", reason: seen?.key?.reason ?? "" };
    if (badOrigin !== undefined && !allowed) return { do: "allow-origin", origin: badOrigin };
    if (done || waitedMs < patienceMs) return undefined;
    if (!seen?.reached) return { do: "check-way" };
    return seen.key?.ok && !allowed ? { do: "check-body" } : undefined;
  }
}

/** How often to ask: each second at first, then calmer, since the page may stay open over lunch. */
export function pollEvery(waitedMs: number): number {
  return waitedMs < 120_000 ? 1000 : waitedMs < 900_000 ? 3000 : 10_000;
}
