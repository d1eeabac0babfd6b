import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { AppStreams, Ingest } from "../model/ingest";
import type { LetterPage, Replayed } from "../model/letters";
import { get, send } from "./client";

/** What comes in, asked again every two seconds while the page is seen; "" is all projects. */
export const ingestQuery = (project: string) =>
  queryOptions({
    queryKey: ["ingest", project],
    queryFn: ({ signal }) => get<Ingest>("/v1/ingest", { project }, signal),
    staleTime: 0,
    refetchInterval: 2000,
    refetchIntervalInBackground: false,
  });

/** Events by door over a day or a week, restarts of the server included; "" is all projects. */
export const ratesQuery = (project: string, span: "24h" | "7d") =>
  queryOptions({
    queryKey: ["ingest-rates", project, span],
    queryFn: ({ signal }) => get<{ from: string; step: number; steps: number; doors: readonly { door: string; events: readonly number[] }[] }>("/v1/ingest/rates", { project, span }, signal),
    staleTime: 0,
    refetchInterval: 15_000,
    refetchIntervalInBackground: false,
  });

/** How complete the streams of a project are, by app. */
export const streamsQuery = (project: string) =>
  queryOptions({
    queryKey: ["ingest-streams", project],
    queryFn: ({ signal }) => get<{ apps: readonly AppStreams[]; partial: readonly string[] }>("/v1/ingest/streams", { project }, signal),
    staleTime: 0,
    refetchInterval: 15_000,
    refetchIntervalInBackground: false,
  });

export interface LetterFilter {
  readonly group: string;
  readonly state: string;
  readonly contains: string;
}

/** The dead letters of a project, page by page, newest first. They are asked for anew when `rejected`, what was not understood so far, is another number. */
export const lettersQuery = (project: string, filter: LetterFilter, rejected = 0) =>
  infiniteQueryOptions({
    queryKey: ["dead-letters", project, filter, rejected],
    queryFn: ({ signal, pageParam }) => get<LetterPage>("/v1/dead-letters", { project, ...filter, cursor: pageParam, limit: 50 }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => (page.next === "" ? undefined : page.next),
    staleTime: 0,
  });

/** Says that an admin has seen what is wrong with the server's clock. */
export function acknowledgeClock(seen: string): Promise<void> {
  return send<void>("POST", "/v1/clock/acknowledge", { seen });
}

/** Plays dead letters again: those of the ids, or all open ones of a reason. */
export function replayLetters(form: { readonly project: string; readonly letters?: readonly string[]; readonly group?: string; readonly format: string }): Promise<Replayed> {
  return send<Replayed>("POST", "/v1/dead-letters/replay", form);
}
