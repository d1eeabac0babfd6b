import { Button } from "@mantine/core";
import IconPlugConnectedX from "@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { mostLiveRows } from "../../model/live";
import { shortClock } from "../../model/rangeLabel";
import styles from "./ResultLine.module.css";
import type { LiveView } from "./useLive";

/** What is to be said about the live list: a broken line, a pause, and every event that is not shown. */
export function LiveBanners({ live, zone }: { live: LiveView; zone: string }) {
  const t = useT();
  const { line, state } = live;
  const waits = line.state === "broken";
  const now = useNow(500, waits);
  const notes: string[] = [];
  if (line.state === "broken") notes.push(t("live.broken", { n: Math.max(0, Math.ceil((line.nextTry - now) / 1000)) }));
  if (line.state === "refused") notes.push(t("live.refused", { reason: line.reason }));
  if (line.state === "open" && line.gap !== undefined) notes.push(t("live.again", { from: shortClock(seconds(line.gap.from), zone), to: shortClock(seconds(line.gap.to), zone) }));
  if (state.leftOut > 0) notes.push(t("live.leftOut", { n: count(state.leftOut) }));
  if (state.dropped > 0) notes.push(t("live.dropped", { n: count(state.dropped) }));
  if (state.trimmed > 0) notes.push(t("live.trimmed", { n: count(mostLiveRows) }));
  return (
    <>
      {state.paused && (
        <div className={styles.banner} role="status">
          <span>{t("live.paused", { n: count(state.waiting) })}</span>
          <i className="grow" />
          <Button rightSection={<kbd>Space</kbd>} onClick={() => live.setPaused(false)}>
            {t("live.resume")}
          </Button>
        </div>
      )}
      {notes.length > 0 && (
        <div className={`${styles.banner ?? ""} ${line.state === "refused" || line.state === "broken" ? (styles.bad ?? "") : ""}`} role="status">
          {line.state !== "open" && <IconPlugConnectedX size={15} stroke={1.7} />}
          <span>{notes.join(" ")}</span>
        </div>
      )}
    </>
  );
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
