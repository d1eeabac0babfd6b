import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { bare, type Preview, type Redaction, type Rule } from "../model/redaction";
import { get, send } from "./client";

/** The redaction rules of a project and what they did. */
export const redactionQuery = (project: string) =>
  queryOptions({
    queryKey: ["redaction", project],
    queryFn: ({ signal }) => get<Redaction>("/v1/redaction", { project }, signal),
    staleTime: 0,
    refetchInterval: 60_000,
  });

/** Puts a whole list in the place of the one with that version. */
export function changeRedaction(project: string, version: number, rules: readonly Rule[]): Promise<Redaction> {
  return send<Redaction>("PUT", "/v1/redaction", { project, version, rules: rules.map(bare) });
}

/** What a rule would do to the newest events. */
export const previewQuery = (project: string, rule: Rule | undefined) =>
  queryOptions({
    queryKey: ["redaction-preview", project, JSON.stringify(rule)],
    queryFn: () => send<Preview>("POST", "/v1/redaction/preview", { project, rule }),
    enabled: rule !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
