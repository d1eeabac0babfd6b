import { address, ApiError, isAbort, request } from "./client";
import { connection } from "./connection";
import { EventStreamParser, type ServerEvent } from "./sse";

/** What a followed line tells its reader. */
export interface LineListener {
  /** The line stands; after a break, which began at `brokenAt` (ms). */
  open(brokenAt: number | undefined): void;
  /** What came, some at a time, but for the line's own beginning and end. */
  messages(messages: readonly ServerEvent[]): void;
  /** The line broke; another try comes at `nextTry` (ms). */
  broken(nextTry: number): void;
  /** The server refused: no other try comes. */
  refused(error: ApiError): void;
}

const waits = [1, 2, 4, 8, 15] as const;

/**
 * Follows server-sent events until the returned function is called. A broken line is
 * taken up again after 1, 2, 4, 8 and then each 15 s; heartbeats come each 15 s,
 * so that 40 s of silence count as a break. Any other answer of the server
 * ends the waiting.
 */
export function follow(url: ReturnType<typeof address>, listener: LineListener): () => void {
  let stopped = false;
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tries = 0;
  let brokenAt: number | undefined;

  const retry = () => {
    if (stopped) return;
    brokenAt ??= Date.now();
    const wait = (waits[Math.min(tries, waits.length - 1)] ?? 15) * 1000;
    tries++;
    listener.broken(Date.now() + wait);
    timer = setTimeout(begin, wait);
  };
  const begin = () => {
    clearTimeout(timer);
    timer = undefined;
    void run();
  };
  // Somebody else on the page heard the server: no reason to wait any longer.
  const unsubscribe = connection.subscribe(() => {
    if (timer !== undefined && !stopped && connection.get().state === "online") begin();
  });

  const run = async () => {
    const controller = new AbortController();
    current = controller;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), 40_000);
    };
    try {
      heard();
      const response = await request(url, { signal: controller.signal, headers: { Accept: "text/event-stream" } });
      if (response.body === null) throw new TypeError("The live answer has no body.");
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new EventStreamParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        heard();
        const messages: ServerEvent[] = [];
        for (const message of parser.push(decoder.decode(value, { stream: true }))) {
          if (message.type === "open") {
            listener.open(brokenAt);
            brokenAt = undefined;
            tries = 0;
          } else if (message.type === "bye") controller.abort();
          else messages.push(message);
        }
        listener.messages(messages);
      }
      retry();
    } catch (err) {
      if (stopped) return;
      if (err instanceof ApiError && err.status !== 429 && err.status < 500) listener.refused(err);
      else if (isAbort(err) || err instanceof Error) retry();
    } finally {
      clearTimeout(silence);
    }
  };

  void run();
  return () => {
    stopped = true;
    unsubscribe();
    clearTimeout(timer);
    current?.abort();
  };
}
