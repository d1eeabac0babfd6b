import { address, type ApiError, get, send } from "./client";
import { follow } from "./follow";

/** A page that is, or was, alive; see docs/api.md. Its words are its own: hostile text. */
export interface Client {
  readonly tab: string;
  readonly device: string;
  readonly app: string;
  readonly sdk: string;
  readonly release: string;
  readonly ua: string;
  readonly page: string;
  readonly account: string;
  readonly staff: string;
  readonly callId: string;
  readonly number: string;
  readonly session: string;
  readonly socket: string;
  readonly call: string;
  readonly rtc: string;
  readonly hidden: boolean;
  readonly stream: string;
  readonly logged: number;
  readonly mode: string;
  readonly buffered: number;
  readonly lagMs: number;
  readonly failures: number;
  readonly keeps: string;
  readonly lastError: { readonly time: number; readonly code: string; readonly text: string } | null;
  readonly left: boolean;
  readonly since: string;
  readonly seen: string;
  readonly online: boolean;
  readonly channel: boolean;
}

/** What has changed in the list of pages. */
export interface ClientsChange {
  readonly clients: readonly Client[];
  readonly gone: readonly string[];
  readonly online: number;
  readonly seen: number;
}

export type PullState = "asked" | "delivered" | "running" | "done" | "refused" | "failed" | "cancelled" | "expired";

export interface Pull {
  readonly id: string;
  readonly device: string;
  readonly level: string;
  readonly from: string;
  readonly to: string;
  readonly state: PullState;
  readonly reason: string;
  readonly by: string;
  readonly asked: string;
  readonly expires: string;
  readonly ended: string | null;
  readonly selected: number;
  readonly events: number;
  readonly bytes: number;
  readonly reachable: boolean;
}

export interface PullForm {
  readonly device: string;
  readonly from: string;
  readonly to: string;
  readonly level: string;
}

export const askPull = (project: string, form: PullForm) => send<Pull>("POST", "/v1/pulls", form, { project });
export const cancelPull = (project: string, id: string) => send<Pull>("DELETE", `/v1/pulls/${encodeURIComponent(id)}`, undefined, { project });
export const pull = (project: string, id: string, signal: AbortSignal) => get<Pull>(`/v1/pulls/${encodeURIComponent(id)}`, { project }, signal);
export const pulls = (project: string, device: string, signal: AbortSignal) => get<{ pulls: readonly Pull[] }>("/v1/pulls", { project, device, limit: 200 }, signal).then((answer) => answer.pulls);
export const orderClient = (project: string, tab: string, order: { level: string } | { mode: string }) => send<void>("POST", `/v1/clients/${encodeURIComponent(tab)}/command`, { project, ...order });

/** Who follows the list of pages. */
export interface ClientsListener {
  /** The first change after `open` tells all there is. */
  open(): void;
  change(change: ClientsChange): void;
  /** The line broke; it is tried again. */
  broken(): void;
  refused(error: ApiError): void;
}

/** Follows the pages of a project until the returned function is called; a broken line is taken up again. */
export function followClients(project: string, listener: ClientsListener): () => void {
  return follow(address("/v1/clients/live", { project }), {
    open: () => listener.open(),
    messages(messages) {
      for (const { type, data } of messages) if (type === "clients") listener.change(JSON.parse(data) as ClientsChange);
    },
    broken: () => listener.broken(),
    refused: (error) => listener.refused(error),
  });
}
