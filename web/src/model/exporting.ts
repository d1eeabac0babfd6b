/** What an export is written as. */
export type Format = "ndjson" | "csv" | "parquet";
export const formats: readonly Format[] = ["csv", "ndjson", "parquet"];

/** One part of an export, as its headers tell it. */
export interface Part {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Events given so far, all parts together. */
  readonly events: number;
  /** The cursor of the next part; "" after the last. */
  readonly next: string;
  /** Why the whole lacks something; "" when it does not. */
  readonly reason: string;
}

/** Where an export goes: a file that is written while it comes, or the memory. */
export interface Sink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

export interface Progress {
  readonly events: number;
  readonly bytes: number;
  /** The part is asked for again, that often. */
  readonly tries: number;
}

export interface Outcome {
  readonly events: number;
  readonly bytes: number;
  readonly reason: string;
}

interface Road {
  readonly part: (cursor: string, signal: AbortSignal) => Promise<Part>;
  readonly sink: Sink;
  readonly onProgress: (progress: Progress) => void;
  /** How long to wait before another try, in ms; undefined when it would be of no use. */
  readonly wait: (error: unknown, tries: number) => number | undefined;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Fetches part after part and writes each once it is whole. A part that does not come is asked for again. */
export async function exportParts({ part, sink, onProgress, wait, pause, signal }: Road): Promise<Outcome> {
  let cursor = "";
  let bytes = 0;
  let events = 0;
  let reason = "";
  for (let tries = 0; ; ) {
    let got: Part;
    try {
      signal.throwIfAborted();
      got = await part(cursor, signal);
    } catch (err) {
      const ms = signal.aborted ? undefined : wait(err, tries);
      if (ms === undefined) {
        await sink.abort();
        throw err;
      }
      tries += 1;
      onProgress({ events, bytes, tries });
      try {
        await pause(ms, signal);
      } catch (stopped) {
        await sink.abort();
        throw stopped;
      }
      continue;
    }
    tries = 0;
    await sink.write(got.bytes);
    bytes += got.bytes.length;
    events = got.events;
    reason = got.reason === "" ? reason : got.reason;
    onProgress({ events, bytes, tries: 0 });
    if (got.next === "") break;
    cursor = got.next;
  }
  await sink.close();
  return { events, bytes, reason };
}

const tailBytes = 64 * 1024;

/** Copies a Parquet file as it comes. Its last bytes say how many events it has, and whether they are all. */
export async function exportStream(body: ReadableStream<Uint8Array<ArrayBuffer>>, { sink, onProgress, signal }: Pick<Road, "sink" | "onProgress" | "signal">): Promise<Outcome> {
  const reader = body.getReader();
  let tail = "";
  let bytes = 0;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      await sink.write(value);
      bytes += value.length;
      tail = (tail + latin1(value.subarray(Math.max(0, value.length - tailBytes)))).slice(-tailBytes);
      onProgress({ events: 0, bytes, tries: 0 });
    }
  } catch (err) {
    await reader.cancel().catch(() => undefined);
    await sink.abort();
    throw err;
  }
  await sink.close();
  return { ...readEnd(tail), bytes };
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCodePoint(...bytes.subarray(i, i + 8192));
  return text;
}

/** Reads what the end of a Parquet file says in its metadata. */
export function readEnd(tail: string): { readonly events: number; readonly reason: string } {
  const m = /\{"partial":(?:true|false),"reason":("(?:[^"\\]|\\.)*"),.*?"count":(\d+)/s.exec(tail);
  if (m?.[1] === undefined) return { events: 0, reason: "" };
  return { events: Number(m[2]), reason: JSON.parse(m[1]) as string };
}

/** The columns of the page, as an export names them: the page's own, then those that the user added. */
export function shownColumns(added: readonly string[]): string[] {
  return [...new Set(["time", "level", "service", "msg", ...added.filter((field) => !field.startsWith("@"))])];
}
