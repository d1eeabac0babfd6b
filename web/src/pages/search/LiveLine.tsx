import { Button } from "@mantine/core";
import IconHighlight from "@tabler/icons-react/dist/esm/icons/IconHighlight.mjs";
import IconPlayerPause from "@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs";
import IconPlayerPlay from "@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs";
import IconPlugConnectedX from "@tabler/icons-react/dist/esm/icons/IconPlugConnectedX.mjs";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { live as en } from "../../i18n/en/live";
import { usePageTexts } from "../../i18n/part";
import { live as zh } from "../../i18n/zh/live";
import { count } from "../../model/format";
import { mostLiveRows, mostWaiting } from "../../model/live";
import { shortClock } from "../../model/rangeLabel";
import styles from "./ResultLine.module.css";
import type { BrokenTime, LiveView } from "./useLive";

const texts = { en, zh };

interface Props {
  readonly live: LiveView;
  readonly zone: string;
  /** Where the list's time begins, ms. */
  readonly since: number;
  readonly marks: string;
  readonly onMarks: (words: string) => void;
  readonly onTop: () => void;
}

/** The live list's own controls, and what is to be said of it: a broken line, what waits, and every event that is not shown. */
export function LiveBanners({ live, zone, since, marks, onMarks, onTop }: Props) {
  const t = useT();
  const l = usePageTexts(texts);
  const { line, state } = live;
  const now = useNow(500, line.state === "broken");
  const at = (ms: number) => shortClock(Math.floor(ms / 1000) * 1000, zone);
  const gapNote = ({ from, to, state: became, events }: BrokenTime): string => {
    const times = { from: at(from), to: at(to) };
    if (became === "read") return l("gapRead", { ...times, n: count(events) });
    if (became === "part") return l("gapPart", { ...times, n: count(events) });
    const said = l(became === "reading" ? "gapReading" : became === "failed" ? "gapFailed" : "gapList", times);
    return became === "list" && from < since ? `${said} ${l("gapBefore", { from: at(since) })}` : said;
  };
  const notes: string[] = [];
  if (line.state === "broken") notes.push(t("live.broken", { n: Math.max(0, Math.ceil((line.nextTry - now) / 1000)) }));
  if (line.state === "refused") notes.push(t("live.refused", { reason: line.reason }));
  if (line.state === "open" && line.gap !== undefined) notes.push(gapNote(line.gap));
  if (state.leftOut > 0) notes.push(t("live.leftOut", { n: count(state.leftOut) }));
  if (state.dropped > 0) notes.push(t("live.dropped", { n: count(state.dropped) }));
  if (state.trimmed > 0) notes.push(t("live.trimmed", { n: count(mostLiveRows) }));
  const waits = state.paused ? "paused" : state.waiting > 0 && !state.following ? "reading" : undefined;
  const follow = () => {
    live.setPaused(false);
    onTop();
  };
  return (
    <>
      <div className={styles.live} role="group" aria-label={l("label")}>
        <Button leftSection={state.paused ? <IconPlayerPlay size={14} stroke={1.7} /> : <IconPlayerPause size={14} stroke={1.7} />} rightSection={<kbd>Space</kbd>} aria-pressed={state.paused} onClick={() => live.setPaused(!state.paused)}>
          {state.paused ? l("goOn") : l("pause")}
        </Button>
        <Button variant={state.following ? "light" : "default"} aria-pressed={state.following} title={l("followTitle")} onClick={follow}>
          {l("follow")}
        </Button>
        <label className={styles.marks}>
          <IconHighlight size={14} stroke={1.7} />
          <input value={marks} onChange={(e) => onMarks(e.target.value)} aria-label={l("mark")} placeholder={l("markHint")} spellCheck={false} />
        </label>
        {waits !== undefined && (
          <span role="status" title={l("room", { n: count(mostWaiting) })}>
            {l(waits, { n: count(state.waiting) })}
          </span>
        )}
      </div>
      {notes.length > 0 && (
        <div className={`${styles.banner ?? ""} ${line.state === "refused" || line.state === "broken" ? (styles.bad ?? "") : ""}`} role="status">
          {line.state !== "open" && <IconPlugConnectedX size={15} stroke={1.7} />}
          <span>{notes.join(" ")}</span>
        </div>
      )}
    </>
  );
}
