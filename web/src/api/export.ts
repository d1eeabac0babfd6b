import { type Format, type Part, type Sink, wholePart } from "../model/exporting";
import { ApiError, isAbort, OfflineError, request } from "./client";
import type { Asked } from "./search";

/** What is to be exported, and how. */
export interface ExportAsk extends Asked {
  readonly format: Format;
  /** Names of columns; undefined for all. */
  readonly columns: readonly string[] | undefined;
  /** 0 for all. */
  readonly limit: number;
  readonly bom: boolean;
}

/** Events of one part: small enough that progress is seen, large enough to be quick; of Parquet also for row groups that readers like. */
const partEvents = { csv: 5000, ndjson: 5000, parquet: 20_000 } as const;

function path(ask: ExportAsk, more: Readonly<Record<string, string>>): string {
  const params = new URLSearchParams({ format: ask.format, q: ask.q, from: ask.from, to: ask.to, project: ask.project, ...more });
  for (const name of ask.columns ?? []) params.append("columns", name);
  if (ask.limit > 0) params.set("limit", String(ask.limit));
  if (ask.bom) params.set("bom", "1");
  return `/v1/export?${params.toString()}`;
}

/** One part of an export. A part that is cut is an error of fetch: its length is told before. */
export async function exportPart(ask: ExportAsk, cursor: string, signal: AbortSignal): Promise<Part> {
  const response = await request(path(ask, { part: String(partEvents[ask.format]), ...(cursor === "" ? {} : { cursor }) }), { signal });
  const header = (name: string) => response.headers.get(`Clewline-${name}`) ?? "";
  const told = header("Sequence");
  const { undecided = 0 } = told === "" ? {} : (JSON.parse(told) as { undecided?: number });
  return { bytes: await read(response), events: Number(header("Events")), next: header("Next"), reason: header("Partial"), undecided };
}

/** A table, which has no parts; one that had to end before its end breaks off. */
export async function exportTable(ask: ExportAsk, signal: AbortSignal): Promise<Part> {
  return wholePart(await read(await request(path(ask, {}), { signal })));
}

async function read(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (err) {
    if (isAbort(err)) throw err;
    throw new OfflineError("The connection broke off.", { cause: err });
  }
}

const mostTries = 8;

/** How long to wait before a part is asked for again, in ms. */
export function waitBefore(error: unknown, tries: number): number | undefined {
  if (tries >= mostTries) return undefined;
  const wait = Math.min(1000 * 2 ** tries, 30_000);
  if (error instanceof OfflineError) return wait;
  if (error instanceof ApiError && (error.status === 429 || error.status === 503)) return Math.max(wait, (error.retryAfter ?? 0) * 1000);
  return undefined;
}

/** Waits, or rejects as soon as the signal says so. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}

interface FilePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<{ createWritable: () => Promise<WritableStream<Uint8Array<ArrayBuffer>> & { write(b: Uint8Array<ArrayBuffer>): Promise<void>; close(): Promise<void>; abort(): Promise<void> }> }>;
}

/**
 * A file to write into. Where the browser can, it goes to the disk while it
 * comes, and undefined says that nobody chose a place; elsewhere it is gathered
 * in memory and then downloaded. Call it from a click.
 */
export async function openSink(name: string, type: string): Promise<Sink | undefined> {
  const { showSaveFilePicker } = window as FilePicker;
  if (showSaveFilePicker !== undefined) {
    try {
      const file = await showSaveFilePicker({ suggestedName: name });
      return await file.createWritable();
    } catch (err) {
      if (isAbort(err)) return undefined;
      // Forbidden here, as in a frame: gathered then.
    }
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: async (chunk) => void chunks.push(chunk),
    abort: async () => void chunks.splice(0),
    close: async () => {
      const url = URL.createObjectURL(new Blob(chunks, { type }));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
  };
}
