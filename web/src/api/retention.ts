import { queryOptions } from "@tanstack/react-query";
import type { Change, Choice, Erasure, ErasurePreview, Removal, Retention } from "../model/retention";
import { get, send } from "./client";

/** What is kept of each day, and what has been decided about it; asked again when one more erasure is done. */
export const retentionQuery = (erased: number) =>
  queryOptions({
    queryKey: ["retention", erased],
    queryFn: ({ signal }) => get<Retention>("/v1/retention", {}, signal),
    staleTime: 0,
    refetchInterval: 60_000,
    placeholderData: (old) => old,
  });

/** What a change would remove. */
export function previewChange(change: Change): Promise<Removal> {
  return send<Removal>("POST", "/v1/retention/preview", change);
}

/** Sets limits; `removes` is how many events the person has seen that this removes. */
export function changeRetention(change: Change, removes: number): Promise<Removal> {
  return send<Removal>("PATCH", "/v1/retention", { ...change, removes });
}

/** The orders and receipts of a project, newest first; asked again while one is not done. */
export const erasuresQuery = (project: string) =>
  queryOptions({
    queryKey: ["erasures", project],
    queryFn: async ({ signal }) => (await get<{ erasures: Erasure[] }>("/v1/erasures", { project }, signal)).erasures,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some((e) => e.state !== "done") === true ? 1500 : 60_000),
  });

/** Counts what an erasure would remove. */
export function previewErasure(project: string, choice: Choice): Promise<ErasurePreview> {
  return send<ErasurePreview>("POST", "/v1/erasures/preview", { project, ...choice });
}

/** Gives the order. When this returns an erasure that is not "ordered", nobody finds its events any more. */
export function orderErasure(project: string, choice: Choice, events: number, confirm: string): Promise<Erasure> {
  return send<Erasure>("POST", "/v1/erasures", { project, ...choice, events, confirm });
}

/** Deletes a project for good, with its name typed once more. When this returns, nobody sees it or finds its events any more. */
export function deleteProject(name: string, confirm: string): Promise<unknown> {
  return send<unknown>("DELETE", `/v1/projects/${encodeURIComponent(name)}`, { confirm });
}
