import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

/** Answers are kept for their page; a refusal is not asked again, a break is asked twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      staleTime: 30_000,
      gcTime: 60_000,
      networkMode: "always",
      retry: (count, error) => !(error instanceof ApiError) && count < 2,
    },
    mutations: { networkMode: "always" },
  },
});
