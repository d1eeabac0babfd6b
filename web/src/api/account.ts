import { queryOptions } from "@tanstack/react-query";
import { get, request, address, send } from "./client";
import type { Me } from "./types";

type User = Pick<Me, "user">;

/** Logs in; the session comes as a cookie. 401 when that did not match, 429 with retryAfter during a pause. */
export function login(name: string, password: string): Promise<User> {
  return send<User>("POST", "/v1/login", { name, password });
}

/** What a set-up link that still works says of its server. */
export interface SetupLink {
  readonly host: string;
  readonly dataDir: string;
  readonly version: string;
  /** RFC 3339. */
  readonly expires: string;
  /** The server's clock minus ours in ms, as well as a header of whole seconds tells; undefined when it does not. */
  readonly clockAhead: number | undefined;
}

/** Checks a set-up link. ApiError 410 says when it was used or expired, and how to make another. */
export const setupQuery = (token: string) =>
  queryOptions({
    queryKey: ["setup", token],
    queryFn: async ({ signal }): Promise<SetupLink> => {
      const response = await request(address("/v1/setup", { token }), { signal });
      const date = Date.parse(response.headers.get("Date") ?? "");
      const link = (await response.json()) as Omit<SetupLink, "clockAhead">;
      return { ...link, clockAhead: Number.isNaN(date) ? undefined : date + 500 - Date.now() };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Makes the first admin and the first project, and logs in. */
export function completeSetup(form: { token: string; name: string; password: string; project: string }): Promise<User> {
  return send<User>("POST", "/v1/setup", form);
}

/** Whether anybody set this server up: asks who we are and looks at how the server refuses. */
export const firstRunQuery = queryOptions({
  queryKey: ["first-run"],
  queryFn: ({ signal }) => get<Me>("/v1/me", {}, signal),
  retry: false,
  staleTime: 0,
});
