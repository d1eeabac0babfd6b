import { queryOptions } from "@tanstack/react-query";
import { get, send } from "./client";
import type { Me } from "./types";

/** Who is logged in. Throws ApiError 401 when nobody is; `setup` is set on it when no admin exists yet. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => get<Me>("/v1/me", {}, signal),
  staleTime: 60_000,
});

export function logout(): Promise<void> {
  return send<void>("POST", "/v1/logout");
}
