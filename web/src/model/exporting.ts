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
  /** First events of a sequence that may still become rows, of this part. */
  readonly undecided: number;
}

/** How parts become one file. */
export interface Joining {
  /** What is written of a part. */
  add(part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** What is written after the last; reason says what the whole lacks, "" for nothing. */
  end(reason: string): Uint8Array<ArrayBuffer>;
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
  readonly undecided: number;
}

interface Road {
  readonly part: (cursor: string, signal: AbortSignal) => Promise<Part>;
  readonly sink: Sink;
  /** undefined where parts simply stand one behind the other. */
  readonly joining?: Joining | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** How long to wait before another try, in ms; undefined when it would be of no use. */
  readonly wait: (error: unknown, tries: number) => number | undefined;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Fetches part after part and writes each once it is whole. A part that does not come is asked for again. */
export async function exportParts({ part, sink, joining, onProgress, wait, pause, signal }: Road): Promise<Outcome> {
  let cursor = "";
  let bytes = 0;
  let events = 0;
  let reason = "";
  let undecided = 0;
  const write = async (chunk: Uint8Array<ArrayBuffer>) => {
    await sink.write(chunk);
    bytes += chunk.length;
  };
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
    try {
      await write(joining === undefined ? got.bytes : joining.add(got.bytes));
    } catch (err) {
      await sink.abort();
      throw err;
    }
    events = got.events;
    undecided += got.undecided;
    reason = got.reason === "" ? reason : got.reason;
    onProgress({ events, bytes, tries: 0 });
    if (got.next === "") break;
    cursor = got.next;
  }
  if (joining !== undefined) await write(joining.end(reason));
  await sink.close();
  return { events, bytes, reason, undecided };
}

const tailBytes = 64 * 1024;

/** A table, which comes whole, as the only part of an export. What it lacks stands in its last bytes, where its form has a place for that. */
export function wholePart(bytes: Uint8Array<ArrayBuffer>): Part {
  return { bytes, ...readEnd(latin1(bytes.subarray(Math.max(0, bytes.length - tailBytes)))), next: "", undecided: 0 };
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
