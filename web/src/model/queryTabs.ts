/**
 * Several queries in tabs. The one that is open is the address itself; the
 * others stand in its parameter `tabs`: the place of the open one, then the
 * query string of each other, all parted by "~".
 */
export interface QueryTabs {
  /** The place of the open tab among all, from 0. */
  readonly at: number;
  /** The query strings of the others, without "?", in their order. */
  readonly others: readonly string[];
}

/** More tabs than this would make addresses that nobody's chat takes. */
export const mostTabs = 10;
const mostLength = 6000;

export function parseTabs(text: string): QueryTabs {
  const [place = "", ...others] = text.split("~");
  const kept = others.slice(0, mostTabs - 1).map((other) => {
    try {
      return decodeURIComponent(other);
    } catch {
      return "";
    }
  });
  const at = /^\d{1,2}$/.test(place) ? Math.min(Number(place), kept.length) : 0;
  return { at, others: kept };
}

/** The inverse of parseTabs; "" for one tab alone. */
export function formatTabs({ at, others }: QueryTabs): string {
  return others.length === 0 ? "" : [String(at), ...others.map((other) => encodeURIComponent(other).replaceAll("~", "%7E"))].join("~");
}

/** All tabs in their order, the open one, whose query string is `open`, among them. */
export function allTabs({ at, others }: QueryTabs, open: string): readonly string[] {
  return [...others.slice(0, at), open, ...others.slice(at)];
}

/** Another state: what is open now, and the parameter `tabs` for its address. */
export interface Turned {
  readonly open: string;
  readonly tabs: string;
}

function turn(all: readonly string[], at: number): Turned {
  return { open: all[at] ?? "", tabs: formatTabs({ at, others: all.filter((_, i) => i !== at) }) };
}

/** Opens the tab at a place; places beyond the ends go round. */
export function openTab(tabs: QueryTabs, open: string, to: number): Turned {
  const all = allTabs(tabs, open);
  return turn(all, ((to % all.length) + all.length) % all.length);
}

/** A new tab after the open one, and opened; undefined when there is no room for one. */
export function addTab(tabs: QueryTabs, open: string, next: string): Turned | undefined {
  const all = allTabs(tabs, open);
  if (all.length >= mostTabs) return undefined;
  const turned = turn([...all.slice(0, tabs.at + 1), next, ...all.slice(tabs.at + 1)], tabs.at + 1);
  return turned.tabs.length > mostLength ? undefined : turned;
}

/** Closes a tab. When it is the open one its right neighbour is opened, at the end its left one; the last one stays. */
export function closeTab(tabs: QueryTabs, open: string, which: number): Turned {
  const all = allTabs(tabs, open);
  if (all.length === 1) return turn(all, 0);
  const rest = all.filter((_, i) => i !== which);
  const at = which < tabs.at ? tabs.at - 1 : Math.min(tabs.at, rest.length - 1);
  return turn(rest, at);
}
