import { createElement, lazy, type ReactNode } from "react";
import type { Page } from "./usePage";

/**
 * The parts of the search page that are not needed to paint it. Each is loaded
 * when it is wanted, or, since somebody will want it soon, once the browser has
 * nothing else to do.
 */
const loaders = {
  chart: () => import("../../components/BarChart/BarChart"),
  drawer: () => import("./DrawerArea"),
  time: () => import("./TimeDialog"),
  keys: () => import("./KeysOverlay"),
  empty: () => import("./Empty"),
  live: () => import("./LiveLine"),
  view: () => import("./ViewPanel"),
  tabs: () => import("./Tabs"),
  print: () => import("./PrintResult"),
  fields: () => import("./fieldParts"),
  keep: () => import("./keep/KeepPanel"),
  pipe: () => import("./pipe/PipeBody"),
} as const;

// The chart's place is on the first page: its code is fetched beside the data, not after it.
const chart = loaders.chart().catch(() => undefined);

export const BarChart = lazy(async () => ({ default: ((await chart) ?? (await loaders.chart())).BarChart }));
export const DrawerArea = lazy(async () => ({ default: (await loaders.drawer()).DrawerArea }));
export const TimeDialog = lazy(async () => ({ default: (await loaders.time()).TimeDialog }));
export const KeysOverlay = lazy(async () => ({ default: (await loaders.keys()).KeysOverlay }));
export const Empty = lazy(async () => ({ default: (await loaders.empty()).Empty }));
export const Tabs = lazy(async () => ({ default: (await loaders.tabs()).Tabs }));
export const ViewPanel = lazy(async () => ({ default: (await loaders.view()).ViewPanel }));
export const LiveBanners = lazy(async () => ({ default: (await loaders.live()).LiveBanners }));
export const Completion = lazy(async () => ({ default: (await loaders.fields()).Completion }));
export const ExplainPanel = lazy(async () => ({ default: (await loaders.fields()).ExplainPanel }));
export const FieldFinder = lazy(async () => ({ default: (await loaders.fields()).FieldFinder }));
export const FieldStats = lazy(async () => ({ default: (await loaders.fields()).FieldStats }));
export const MoreValues = lazy(async () => ({ default: (await loaders.fields()).MoreValues }));
export const NumberFacet = lazy(async () => ({ default: (await loaders.fields()).NumberFacet }));
export const KeepPanel = lazy(async () => ({ default: (await loaders.keep()).KeepPanel }));
export const PipeBody = lazy(async () => ({ default: (await loaders.pipe()).PipeBody }));

let printed: typeof import("./PrintResult").PrintResult | undefined;

/** What is printed: a browser that prints waits for nothing, so its code must be here by then; undefined while it is not. */
export function printResult(page: Page): ReactNode {
  return printed === undefined ? undefined : createElement(printed, { page });
}

/** Fetches all of them in the browser's idle time; gives what stops it. A part that cannot be had now is asked for again when it is wanted. */
export function prefetchParts(): () => void {
  const fetchAll = () => {
    for (const load of Object.values(loaders)) void load().catch(() => undefined);
    void loaders
      .print()
      .then((part) => (printed = part.PrintResult))
      .catch(() => undefined);
  };
  if (typeof requestIdleCallback === "function") {
    const idle = requestIdleCallback(fetchAll, { timeout: 5000 });
    return () => cancelIdleCallback(idle);
  }
  const timer = setTimeout(fetchAll, 2000);
  return () => clearTimeout(timer);
}
