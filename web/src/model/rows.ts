import type { LogEvent } from "../api/types";

/**
 * The events of a list, newest first, as plain objects outside of React: a
 * component reads `version` through useSyncExternalStore and asks for the rows
 * that it paints. No event stands in the list twice; its id decides.
 */
export class Rows {
  #events: LogEvent[] = [];
  #ids = new Set<string>();
  #positions: Map<string, number> | undefined;
  #version = 0;
  #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Changes with each change of the list. */
  readonly version = (): number => this.#version;

  get length(): number {
    return this.#events.length;
  }

  at(index: number): LogEvent | undefined {
    return this.#events[index];
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** The place of an event; -1 when it is not in the list. */
  indexOf(id: string): number {
    if (!this.#ids.has(id)) return -1;
    this.#positions ??= new Map(this.#events.map((event, i) => [event.id, i]));
    return this.#positions.get(id) ?? -1;
  }

  /** The first event from `start` on, in steps of `step`, that passes; -1 when there is none. */
  find(start: number, step: 1 | -1, test: (event: LogEvent) => boolean): number {
    for (let i = start; i >= 0 && i < this.#events.length; i += step) {
      const event = this.#events[i];
      if (event !== undefined && test(event)) return i;
    }
    return -1;
  }

  /** The events, for one pass over all of them. The list must not be changed. */
  all(): readonly LogEvent[] {
    return this.#events;
  }

  /** Older events, to the end. */
  append(lot: readonly LogEvent[]): void {
    const fresh = this.#fresh(lot);
    if (fresh.length === 0) return;
    if (this.#positions !== undefined) {
      for (const [i, event] of fresh.entries()) this.#positions.set(event.id, this.#events.length + i);
    }
    this.#events.push(...fresh);
    this.#changed();
  }

  /** Newer events, to the top, newest first. At most `most` rows stay; gives how many were dropped from the end. */
  prepend(lot: readonly LogEvent[], most: number): number {
    const fresh = this.#fresh(lot);
    if (fresh.length === 0) return 0;
    this.#events = [...fresh, ...this.#events];
    const over = this.#events.splice(most);
    for (const event of over) this.#ids.delete(event.id);
    this.#positions = undefined;
    this.#changed();
    return over.length;
  }

  /** Begins anew with these. */
  replace(lot: readonly LogEvent[]): void {
    this.#events = [];
    this.#ids.clear();
    this.#positions = undefined;
    this.#events = this.#fresh(lot);
    this.#changed();
  }

  #fresh(lot: readonly LogEvent[]): LogEvent[] {
    return lot.filter((event) => {
      if (this.#ids.has(event.id)) return false;
      this.#ids.add(event.id);
      return true;
    });
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}
