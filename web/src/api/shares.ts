import { queryOptions } from "@tanstack/react-query";
import type { View } from "./views";
import { get, request, send } from "./client";
import { lines } from "./ndjson";
import { parseEvent } from "../model/source";
import type { LogEvent, SearchEnd } from "./types";

/** A link by which people without an account see one view. */
export interface Share {
  readonly id: string;
  readonly owner: string;
  readonly mayRevoke: boolean;
  readonly name: string;
  readonly params: View["params"];
  readonly from: string;
  readonly to: string;
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
  readonly works: boolean;
  readonly uses: number;
  readonly lastUsed: string | null;
}

export const sharesQuery = (project: string) =>
  queryOptions({
    queryKey: ["shares", project],
    queryFn: async ({ signal }) => (await get<{ shares: Share[] }>("/v1/shares", { project }, signal)).shares,
    staleTime: 0,
  });

/** Makes a link. Its path is in the answer and nowhere else. */
export const createShare = (share: { project: string; name: string; params: View["params"]; hours: number }) => send<Share & { readonly path: string }>("POST", "/v1/shares", share);
export const revokeShare = (id: string) => send<void>("DELETE", `/v1/shares/${encodeURIComponent(id)}`);

/** What the holder of a link is told. */
export interface Shared {
  readonly name: string;
  readonly owner: string;
  readonly project: string;
  readonly params: View["params"];
  readonly from: string;
  readonly to: string;
  readonly expires: string;
}

/** Asks with a link's token, and with nothing else. */
const holding = (token: string, signal: AbortSignal): RequestInit => ({ headers: { Authorization: `Bearer ${token}` }, credentials: "omit", signal });

export async function readShare(token: string, signal: AbortSignal): Promise<Shared> {
  return (await (await request("/v1/share", holding(token, signal))).json()) as Shared;
}

/** A page of what the link shows. */
export async function sharedEvents(token: string, cursor: string, signal: AbortSignal): Promise<{ readonly rows: readonly LogEvent[]; readonly end: SearchEnd | undefined }> {
  const { body } = await request(`/v1/search?limit=200${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`, holding(token, signal));
  const rows: LogEvent[] = [];
  let end: SearchEnd | undefined;
  if (body !== null) {
    for await (const lot of lines(body)) {
      for (const line of lot) {
        const event = parseEvent(line);
        if ("clewline" in event && !("id" in event)) end = event["clewline"] as SearchEnd;
        else rows.push(event);
      }
    }
  }
  return { rows, end };
}

export interface SharedTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly partial: boolean;
  readonly reason: string;
}

export async function sharedTable(token: string, signal: AbortSignal): Promise<SharedTable> {
  return (await (await request("/v1/table", holding(token, signal))).json()) as SharedTable;
}
