import { queryOptions } from "@tanstack/react-query";
import type { AuditFilter, AuditPage } from "../model/audit";
import type { May, Person, PersonWithLink, Session } from "../model/people";
import { get, send } from "./client";

/** Everybody who may log in. For admins. */
export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: async ({ signal }) => (await get<{ people: Person[] }>("/v1/people", {}, signal)).people,
  staleTime: 0,
});

const path = (id: string) => `/v1/people/${encodeURIComponent(id)}`;

/** Adds somebody; the answer has the one-time link by which they choose a password, this one time. */
export const addPerson = (form: { name: string } & May): Promise<PersonWithLink> => send("POST", "/v1/people", form);
export const changePerson = (id: string, may: May): Promise<Person> => send("PATCH", path(id), may);
export const removePerson = (id: string): Promise<void> => send("DELETE", path(id));
export const makeLink = (id: string): Promise<PersonWithLink> => send("POST", `${path(id)}/link`, {});
export const endTheirSessions = (id: string): Promise<{ ended: number }> => send("DELETE", `${path(id)}/sessions`);

/** One's own sessions, the last used first. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async ({ signal }) => (await get<{ sessions: Session[] }>("/v1/sessions", {}, signal)).sessions,
  staleTime: 0,
});
export const endSession = (id: string): Promise<void> => send("DELETE", `/v1/sessions/${encodeURIComponent(id)}`);
export const changePassword = (form: { old: string; new: string }): Promise<void> => send("POST", "/v1/password", form);

/** Whom a one-time link is for. ApiError 410 when it does not work. */
export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: ["link", token],
    queryFn: ({ signal }) => get<{ name: string; invite: boolean; expires: string }>("/v1/link", { token }, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
export const takeLink = (form: { token: string; password: string }): Promise<unknown> => send("POST", "/v1/link", form);

/** One page of the audit trail, newest first. */
export const auditPage = (filter: AuditFilter, cursor: string, signal: AbortSignal): Promise<AuditPage> =>
  get<AuditPage>("/v1/audit", { ...filter, cursor, limit: 100 }, signal);
