import { createRootRouteWithContext, createRoute, createRouter, isRedirect, lazyRouteComponent, redirect } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { ApiError, onSessionEnd } from "./api/client";
import { queryClient } from "./api/queryClient";
import { meQuery } from "./api/session";
import { AppShell } from "./components/AppShell";
import { Loading } from "./components/Loading";
import { NotFound, PageError, StartError } from "./components/Fallbacks";
import { readQuery, writeQuery } from "./model/address";
import { nextPage } from "./model/nextpage";

/** Query parameters as they stand in the address; each page reads its own. */
export type Query = Record<string, string>;

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  validateSearch: (raw: Record<string, unknown>): Query => raw as Query,
  notFoundComponent: NotFound,
  errorComponent: PageError,
});

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
        if (err.setup) throw redirect({ to: "/setup" });
        throw redirect({ to: "/login", search: { next: location.href } });
      }
      throw err;
    }
  },
  component: AppShell,
  errorComponent: StartError,
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

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  // Who is logged in already goes on; where nobody could log in yet, set-up comes first.
  beforeLoad: async ({ context, search }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (err) {
      if (err instanceof ApiError && err.setup) throw redirect({ to: "/setup", replace: true });
      return;
    }
    throw redirect({ href: nextPage(search["next"], window.location.origin).href, replace: true });
  },
  component: lazyRouteComponent(() => import("./pages/login/LoginPage"), "LoginPage"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("./pages/setup/SetupPage"), "SetupPage"),
});

const addDataRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/add-data",
  component: lazyRouteComponent(() => import("./pages/add-data/AddDataPage"), "AddDataPage"),
});

const ingestRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/ingest",
  component: lazyRouteComponent(() => import("./pages/ingest/IngestPage"), "IngestPage"),
});

const deliveryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/delivery",
  component: lazyRouteComponent(() => import("./pages/delivery/DeliveryPage"), "DeliveryPage"),
});

const speedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/speed",
  component: lazyRouteComponent(() => import("./pages/speed/SpeedPage"), "SpeedPage"),
});

const clientsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/clients",
  component: lazyRouteComponent(() => import("./pages/clients/ClientsPage"), "ClientsPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/settings/keys", search, replace: true });
  },
});

const keysRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/keys",
  component: lazyRouteComponent(() => import("./pages/settings/KeysPage"), "KeysPage"),
});

const retentionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/retention",
  component: lazyRouteComponent(() => import("./pages/settings/RetentionPage"), "RetentionPage"),
});

const redactionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/redaction",
  component: lazyRouteComponent(() => import("./pages/settings/RedactionPage"), "RedactionPage"),
});

const sourcesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/sources",
  component: lazyRouteComponent(() => import("./pages/settings/SourcesPage"), "SourcesPage"),
});

const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/people",
  component: lazyRouteComponent(() => import("./pages/settings/PeoplePage"), "PeoplePage"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/audit",
  component: lazyRouteComponent(() => import("./pages/settings/AuditPage"), "AuditPage"),
});

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/link",
  component: lazyRouteComponent(() => import("./pages/link/LinkPage"), "LinkPage"),
});

const sharesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/shares",
  component: lazyRouteComponent(() => import("./pages/settings/SharesPage"), "SharesPage"),
});

const viewerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/viewer",
  component: lazyRouteComponent(() => import("./pages/viewer/ViewerPage"), "ViewerPage"),
});

const sharedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/shared",
  component: lazyRouteComponent(() => import("./pages/shared/SharedPage"), "SharedPage"),
});

const lookRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/look",
  component: lazyRouteComponent(() => import("./pages/settings/LookPage"), "LookPage"),
});

// Pages without the shell (log in, set-up) hang below rootRoute, the others
// below shellRoute; components/Rail.tsx lists what the rail shows.
const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  setupRoute,
  linkRoute,
  sharedRoute,
  shellRoute.addChildren([searchRoute, ingestRoute, deliveryRoute, speedRoute, clientsRoute, addDataRoute, settingsRoute, keysRoute, peopleRoute, auditRoute, retentionRoute, redactionRoute, sourcesRoute, sharesRoute, lookRoute]),
  viewerRoute,
]);

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

// A session that ends while a page is open leads to the log-in page, and from
// there back: the guard above finds nobody and keeps the address.
onSessionEnd(() => {
  queryClient.removeQueries({ queryKey: meQuery.queryKey });
  void router.invalidate();
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
