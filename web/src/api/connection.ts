/** Whether the server can be reached, as the page's red line shows it. */
export type Connection =
  | { readonly state: "online"; /** set for a while after a break: when it began and ended (ms) */ readonly back?: { readonly from: number; readonly to: number } }
  | { readonly state: "offline"; readonly since: number; readonly nextTry: number };

const waits = [2, 4, 8, 15, 30] as const;

/**
 * Watches the line. Requests report to it; while the server does not answer it
 * asks by itself, after 2, 4, 8, 15 and then each 30 s, and at once when the
 * browser says that the network is back.
 */
export class ConnectionWatch {
  #value: Connection = { state: "online" };
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  readonly #probe: () => Promise<boolean>;

  constructor(probe: () => Promise<boolean>) {
    this.#probe = probe;
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly get = (): Connection => this.#value;

  /** Any answer of the server itself, also a refusal. */
  answered(): void {
    if (this.#value.state === "online") return;
    const since = this.#value.since;
    this.#stop();
    this.#tries = 0;
    this.#set({ state: "online", back: { from: since, to: Date.now() } });
    this.#timer = setTimeout(() => this.#set({ state: "online" }), 6000);
  }

  lost(): void {
    if (this.#value.state === "offline") return;
    this.#stop();
    this.#plan(Date.now());
  }

  /** "Try now". */
  readonly tryNow = (): void => {
    if (this.#value.state !== "offline") return;
    const { since } = this.#value;
    this.#stop();
    void this.#ask(since);
  };

  async #ask(since: number): Promise<void> {
    if (await this.#probe()) this.answered();
    else if (this.#value.state === "offline") this.#plan(since);
  }

  #plan(since: number): void {
    const wait = (waits[Math.min(this.#tries, waits.length - 1)] ?? 30) * 1000;
    this.#tries++;
    this.#set({ state: "offline", since, nextTry: Date.now() + wait });
    this.#timer = setTimeout(() => void this.#ask(since), wait);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #set(value: Connection): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

export const connection = new ConnectionWatch(async () => {
  try {
    const response = await fetch("/healthz", { cache: "no-store" });
    return response.ok;
  } catch {
    return false;
  }
});

if (typeof window !== "undefined") window.addEventListener("online", connection.tryNow);
