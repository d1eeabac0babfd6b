import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Sample, SourceList, SourceRecord, SourceSettings, SourceTrial } from "../model/sources";
import { get, send } from "./client";

/** The sources of a project, and what they did. */
export const sourcesQuery = (project: string) =>
  queryOptions({
    queryKey: ["sources", project],
    queryFn: ({ signal }) => get<SourceList>("/v1/sources", { project }, signal),
    staleTime: 0,
    refetchInterval: 60_000,
  });

/** Makes a source (version 0), or puts settings in the place of those with that version. */
export function changeSource(project: string, name: string, version: number, settings: SourceSettings): Promise<SourceRecord> {
  return send<SourceRecord>("PUT", `/v1/sources/${encodeURIComponent(name)}`, { project, version, settings });
}

export function removeSource(project: string, name: string): Promise<void> {
  return send<void>("DELETE", `/v1/sources/${encodeURIComponent(name)}`, undefined, { project });
}

/** What settings make of a sample; nothing is stored. */
export const trySourceQuery = (project: string, settings: SourceSettings, sample: Sample) =>
  queryOptions({
    queryKey: ["source-try", project, JSON.stringify(settings), sample.text, sample.bytes],
    queryFn: () => send<SourceTrial>("POST", "/v1/sources/try", { project, settings, ...(sample.bytes === undefined ? { sample: sample.text } : { bytes: sample.bytes }) }),
    enabled: project !== "" && (sample.text !== "" || sample.bytes !== undefined),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000, // samples are not kept for longer than they are looked at
    retry: false,
  });
