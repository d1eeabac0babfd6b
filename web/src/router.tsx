import { createRootRouteWithContext, createRoute, createRouter, isRedirect, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api/client";
import { queryClient } from "./api/queryClient";
import { meQuery } from "./api/session";
import { AppShell } from "./components/AppShell";
import { Loading } from "./components/Loading";
import { NoAdmin, NotFound, PageError, StartError } from "./components/Fallbacks";
import { readQuery, writeQuery } from "./model/address";

/** Query parameters as they stand in the address; each page reads its own. */
export type Query = Record<string, string>;

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  validateSearch: (raw: Record<string, unknown>): Query => raw as Query,
  notFoundComponent: NotFound,
  errorComponent: PageError,
});

/** Thrown by the guard when the server has no administrator yet. */
class NoAdminError extends Error {}

/** Everything that needs a session stands below this route, inside the shell. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.queryClient.ensureQueryData(meQuery) };
    } catch (err) {
      if (isRedirect(err)) throw err;
      if (err instanceof ApiError && err.status === 401) {
        if (err.setup) throw new NoAdminError();
        throw redirect({ href: `/login${writeQuery({ next: location.href })}` });
      }
      throw err;
    }
  },
  component: AppShell,
  errorComponent: ({ error }) => (error instanceof NoAdminError ? <NoAdmin /> : <StartError error={error} />),
});

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/search", search, replace: true });
  },
});

const searchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/search",
  component: lazyRouteComponent(() => import("./pages/search/SearchPage"), "SearchPage"),
});

// Pages without the shell (log in, set-up) hang below rootRoute, the others
// below shellRoute; components/Rail.tsx lists what the rail shows.
const routeTree = rootRoute.addChildren([indexRoute, shellRoute.addChildren([searchRoute])]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  parseSearch: readQuery,
  stringifySearch: writeQuery,
  defaultPendingComponent: Loading,
  defaultPendingMs: 300,
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFound,
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
