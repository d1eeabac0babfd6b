import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Delivery, daysUntil, type DeliveryState, type Stream, type StreamDetail } from "../model/delivery";
import { get } from "./client";

const fresh = { staleTime: 0, refetchInterval: 15_000, refetchIntervalInBackground: false } as const;

/** How much of what was logged in the last days has arrived. */
export const deliveryQuery = (project: string, days: number) =>
  queryOptions({
    queryKey: ["delivery", project, days],
    queryFn: ({ signal }) => get<Delivery>("/v1/delivery", { project, ...daysUntil(Date.now(), days) }, signal),
    placeholderData: keepPreviousData,
    ...fresh,
  });

/** Streams, those that miss most first, page by page. */
export const streamsOf = (project: string, { days, show, sender, day }: DeliveryState) =>
  infiniteQueryOptions({
    queryKey: ["delivery-streams", project, days, show, sender, day],
    queryFn: ({ signal, pageParam }) => {
      const range = day === "" ? daysUntil(Date.now(), days) : { from: day, to: day };
      // An app without a name is one all the same, so what is empty is asked for too.
      const asked = new URLSearchParams({ project, ...range, show, ...sender, ...(pageParam === "" ? {} : { cursor: pageParam }), limit: "50" });
      return get<{ streams: readonly Stream[]; next: string }>(`/v1/delivery/streams?${asked.toString()}`, {}, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => (page.next === "" ? undefined : page.next),
    placeholderData: keepPreviousData,
    ...fresh,
  });

/** All that is known of one stream. */
export const streamQuery = (project: string, stream: string) =>
  queryOptions({
    queryKey: ["delivery-stream", project, stream],
    queryFn: ({ signal }) => get<StreamDetail>("/v1/delivery/stream", { project, stream }, signal),
    enabled: project !== "" && stream !== "",
    retry: false,
    ...fresh,
  });

/** The address of every range as a file. */
export function rangesAddress(project: string, days: number): string {
  return `/v1/delivery/ranges?${new URLSearchParams({ project, ...daysUntil(Date.now(), days), format: "csv" }).toString()}`;
}
