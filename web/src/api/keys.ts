import { queryOptions } from "@tanstack/react-query";
import type { Arrivals } from "../model/arrival";
import type { FreshKey, KeyRecord, KeyType } from "../model/keys";
import { get, request, send } from "./client";

/** The keys of a project, revoked ones included. */
export const keysQuery = (project: string) =>
  queryOptions({
    queryKey: ["keys", project],
    queryFn: async ({ signal }) => (await get<{ keys: KeyRecord[] | null }>("/v1/keys", { project }, signal)).keys ?? [],
    staleTime: 0,
  });

/** Makes a key. Its secret is in the answer and nowhere else. */
export function createKey(key: { project: string; type: KeyType; name: string; origins?: readonly string[] }): Promise<FreshKey> {
  return send<FreshKey>("POST", "/v1/keys", { origins: [], ...key });
}

/** Says anew which pages may use a browser key. */
export function changeOrigins(id: string, origins: readonly string[]): Promise<unknown> {
  return send<unknown>("PATCH", `/v1/keys/${encodeURIComponent(id)}`, { origins });
}

/** Changes a key's name, quotas and end; what is left out stays. */
export function changeKey(id: string, change: { name?: string; eventsPerSecond?: number; bytesPerDay?: number; querySecondsPerMinute?: number; queryRowsPerMinute?: number; queriesAtOnce?: number; ends?: string }): Promise<unknown> {
  return send<unknown>("PATCH", `/v1/keys/${encodeURIComponent(id)}`, change);
}

/** Makes a key's successor; both work until the old one is revoked or ends. */
export function rotateKey(id: string): Promise<FreshKey> {
  return send<FreshKey>("POST", `/v1/keys/${encodeURIComponent(id)}/successor`, {});
}

/** Revokes a key for good. */
export function revokeKey(id: string): Promise<void> {
  return send<void>("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
}

/** What the server has seen of one key since it started. */
export const arrivalsQuery = (project: string, key: string) =>
  queryOptions({
    queryKey: ["arrivals", project, key],
    queryFn: ({ signal }) => get<Arrivals>("/v1/arrivals", { project, key }, signal),
    staleTime: 0,
    gcTime: 0,
  });

const hello = (now: Date) => ({ time: now.toISOString(), level: "info", msg: "hello from Add data" });

/**
 * Sends one event with a key, through the door that the key is for. The answer
 * of the door is what the sender would get: an ApiError says why it refused.
 */
export async function sendTestEvent(type: "browser" | "server", key: string, app: string): Promise<void> {
  const now = new Date();
  if (type === "server") {
    await request("/v1/events", { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: `${JSON.stringify({ ...hello(now), app })}\n`, credentials: "omit" });
    return;
  }
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const stream = now.toISOString().slice(0, 10).replaceAll("-", "") + random;
  const envelope = { app, key, client: random, stream, from: 1, to: 1, omitted: [], sentAt: now.getTime(), sdk: "add-data" };
  const body = `${JSON.stringify(envelope)}\n${JSON.stringify({ seq: 1, ...hello(now) })}\n`;
  await request("/v1/track", { method: "POST", headers: { "Content-Type": "text/plain" }, body, credentials: "omit" });
}
