import { useSyncExternalStore } from "react";

/** A key that was made on this page: its secret lives here, in memory, and nowhere else. */
export interface PageKey {
  readonly id: string;
  readonly key: string;
  readonly type: "browser" | "server";
  readonly origins: readonly string[];
  /** When it was made, ms since the epoch: since then we have been waiting. */
  readonly since: number;
}

// Keys are kept while the tab lives, so that going to Search and back, or to
// another source with the same type of key, does not make another one. Each
// belongs to the person and the project that it was made for.
let keys: ReadonlyMap<string, PageKey> = new Map();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Remembers a key under its place, or forgets the one there. */
export function keepKey(place: string, key: PageKey | undefined): void {
  const next = new Map(keys);
  if (key === undefined) next.delete(place);
  else next.set(place, key);
  keys = next;
  for (const listener of listeners) listener();
}

/** The key that was made for a place, if one was. */
export function useFreshKey(place: string): PageKey | undefined {
  return useSyncExternalStore(subscribe, () => keys.get(place));
}
