import { useCallback, useEffect, useRef, useState } from "react";
import { type ExportAsk, exportPart, exportTable, openSink, pause, waitBefore } from "../../../api/export";
import { total } from "../../../api/search";
import { exportParts, type Outcome, type Progress } from "../../../model/exporting";

export type ExportState =
  | { readonly phase: "idle" | "cancelled" }
  | { readonly phase: "running"; readonly progress: Progress; readonly total: number | undefined }
  | { readonly phase: "done"; readonly outcome: Outcome; readonly file: string }
  | { readonly phase: "failed"; readonly reason: string };

const types = { csv: "text/csv", ndjson: "application/x-ndjson", parquet: "application/vnd.apache.parquet" } as const;

/** One export at a time, with its progress. It is cancelled when its panel goes. */
export function useExport(): { readonly state: ExportState; readonly start: (ask: ExportAsk, piped: boolean) => Promise<void>; readonly cancel: () => void } {
  const [state, setState] = useState<ExportState>({ phase: "idle" });
  const running = useRef<AbortController>(undefined);
  const cancel = useCallback(() => running.current?.abort(), []);
  useEffect(() => cancel, [cancel]);
  const start = useCallback(async (ask: ExportAsk, piped: boolean) => {
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
    const file = `clewline-${ask.project}-${stamp}.${ask.format}`;
    const sink = await openSink(file, types[ask.format]);
    if (sink === undefined) return;
    const stop = new AbortController();
    running.current = stop;
    const { signal } = stop;
    let count: number | undefined;
    const onProgress = (progress: Progress) => setState({ phase: "running", progress, total: count });
    onProgress({ events: 0, bytes: 0, tries: 0 });
    if (!piped) {
      // How much there is, for the bar; without it the bar has no end.
      void total(ask, signal).then(
        (found) => {
          if (!found.partial) count = ask.limit > 0 ? Math.min(ask.limit, found.total) : found.total;
        },
        () => undefined,
      );
    }
    try {
      const joining = !piped && ask.format === "parquet" ? (await import("../../../model/parquetJoin")).parquetJoin() : undefined;
      const part = (cursor: string, sig: AbortSignal) => (piped ? exportTable(ask, sig) : exportPart(ask, cursor, sig));
      const outcome = await exportParts({ part, joining, sink, onProgress, wait: waitBefore, pause, signal });
      setState({ phase: "done", outcome, file });
    } catch (err) {
      setState(signal.aborted ? { phase: "cancelled" } : { phase: "failed", reason: err instanceof Error ? err.message : String(err) });
    }
  }, []);
  return { state, start, cancel };
}
