import { useDebouncedValue } from "@mantine/hooks";
import IconAlertCircle from "@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { total } from "../../api/search";
import { Overlay } from "../../components/Overlay";
import { useT } from "../../i18n";
import { count, duration, rfc3339 } from "../../model/format";
import { shortClock, spanLabel } from "../../model/rangeLabel";
import { type Reading, readRange } from "../../model/readRange";
import { presets, type Range, resolve, shifted, type Span } from "../../model/timeRange";
import { browserZone, offsetName, wallAt } from "../../model/zone";
import { Calendar } from "./Calendar";
import styles from "./TimePicker.module.css";
import { ZoneSelect } from "./ZoneSelect";

interface Props {
  readonly range: Range;
  readonly tz: string;
  readonly zone: string;
  readonly q: string;
  readonly project: string;
  readonly onChange: (change: { readonly range?: Range; readonly tz?: string }) => void;
  readonly onClose: () => void;
}

/** A fixed span as one would type it. */
function spoken({ from, to }: Span, zone: string): string {
  const day = (ms: number) => {
    const { year, month, day } = wallAt(ms, zone);
    return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  };
  const second = day(from) === day(to) ? shortClock(to, zone) : `${day(to)} ${shortClock(to, zone)}`;
  return `${day(from)} ${shortClock(from, zone)} to ${second}`;
}

function initialText(range: Range, zone: string, now: number): string {
  const preset = presets.find((p) => p.range.from === range.from && p.range.to === range.to);
  if (preset !== undefined) return preset.say;
  if (!/^\d/.test(range.from)) return range.to === "now" ? range.from.replace(/^-/, "") : `${range.from} to ${range.to}`;
  const span = resolve(range, now, zone);
  return span === undefined ? "" : spoken(span, zone);
}

/** One field that reads everything, with what it understood; and the same by clicking. */
export function TimeDialog({ range, tz, zone, q, project, onChange, onClose }: Props) {
  const t = useT();
  const id = useId();
  const [now] = useState(() => Date.now());
  const [text, setText] = useState(() => initialText(range, zone, now));
  const reading = readRange(text, now, zone);
  const span = "range" in reading ? resolve(reading.range, now, zone) : undefined;

  const apply = (chosen: Reading) => {
    if (!("range" in chosen)) return;
    onChange({ range: chosen.range });
    onClose();
  };
  const say = (next: Span) => setText(spoken(next, zone));
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "Enter") apply(reading);
    else if ((e.key === "PageUp" || e.key === "PageDown") && span !== undefined) say(shifted(span, e.key === "PageUp" ? -1 : 1));
    else if (e.altKey && e.code === "KeyU") onChange({ tz: zone === "UTC" ? "" : "UTC" });
    else return;
    e.preventDefault();
  };

  return (
    <Overlay label={t("time.label")} onClose={onClose} place={{ right: 16, top: 86, width: 822, maxWidth: "calc(100vw - 32px)", maxHeight: "calc(100dvh - 100px)" }}>
      <div className={styles.top}>
        <div className={styles.field}>
          <IconClock size={15} stroke={1.7} />
          <input data-autofocus value={text} onChange={(e) => setText(e.target.value)} onKeyDown={onKeyDown} aria-label={t("time.field")} aria-describedby={id} spellCheck={false} autoComplete="off" />
          <span>{t("time.examples")}</span>
        </div>
        <Understood id={id} reading={reading} span={span} zone={zone} now={now} q={q} project={project} />
      </div>
      <div className={styles.columns}>
        <div className={styles.presets}>
          <div className={styles.heading}>{t("time.relative")}</div>
          {presets.map((preset) => {
            const { unit, n } = preset;
            const words = unit === "today" || unit === "yesterday" || unit === "week" ? t(`time.say.${unit}`) : t(`time.say.${unit}`, { n: n ?? 1 });
            return (
              <button key={preset.say} type="button" className={styles.preset} aria-pressed={text === preset.say} onClick={() => apply({ range: preset.range })}>
                <b>{preset.say}</b>
                <span>{words}</span>
              </button>
            );
          })}
        </div>
        <div className={styles.right}>
          <Calendar span={span} zone={zone} now={now} project={project} onChoose={say} />
          <div className={styles.ends}>
            <End label={t("time.from")} at={span?.from} zone={zone} onChange={(from) => span !== undefined && say({ from, to: Math.max(span.to, from + 1) })} now={now} />
            <End label={t("time.until")} at={span?.to} zone={zone} onChange={(to) => span !== undefined && to > span.from && say({ from: span.from, to })} now={now} />
            <ZoneSelect tz={tz} onChange={(next) => onChange({ tz: next })} />
          </div>
          {span !== undefined && <SameMoment span={span} zone={zone} now={now} />}
        </div>
      </div>
      <div className={styles.foot}>
        <button type="button" className={styles.apply} disabled={!("range" in reading)} onClick={() => apply(reading)}>
          <kbd>⏎</kbd> {t("time.apply")}
        </button>
        <span><kbd>PgUp</kbd> <kbd>PgDn</kbd> {t("time.move")}</span>
        <span><kbd>Alt</kbd> <kbd>U</kbd> {t("time.utc")}</span>
        <i className="grow" />
        <span>{t("time.share")}</span>
      </div>
    </Overlay>
  );
}

/** What the line means: both ends, how long, and how many events it holds for the query. */
function Understood({ id, reading, span, zone, now, q, project }: { id: string; reading: Reading; span: Span | undefined; zone: string; now: number; q: string; project: string }) {
  const t = useT();
  const [asked] = useDebouncedValue(span === undefined ? "" : `${rfc3339(span.from)} ${rfc3339(span.to)}`, 300);
  const [from = "", to = ""] = asked.split(" ");
  const { data } = useQuery({
    queryKey: ["count", q, from, to, project],
    queryFn: ({ signal }) => total({ q, from, to, project }, signal),
    enabled: asked !== "",
    retry: false,
  });
  if (!("range" in reading) || span === undefined) {
    const said = "problem" in reading ? reading : { problem: "backwards" as const };
    return (
      <div id={id} className={`${styles.understood ?? ""} ${styles.bad ?? ""}`} role="status">
        <IconAlertCircle size={14} stroke={1.7} />
        {said.problem === "unknown" ? t("time.unknown", { text: "at" in said ? (said.at ?? "") : "" }) : t(`time.${said.problem}`)}
      </div>
    );
  }
  const offset = offsetName(span.from, zone);
  const facts = [zone === offset ? zone : `${zone}, ${offset}`, duration(span.to - span.from)];
  if (span.to > now) facts.push(t("time.ahead", { length: duration(Math.round((span.to - Math.max(now, span.from)) / 1000) * 1000) }));
  if (data !== undefined) facts.push(t(data.partial ? "result.atLeast" : "result.count", { n: count(data.total) }));
  return (
    <div id={id} className={styles.understood} role="status">
      <IconCircleCheck size={14} stroke={1.7} />
      <b>{spanLabel(span, now, zone, t)}</b>
      <span className="muted">{facts.join(" · ")}</span>
    </div>
  );
}

/** One end of the range, typed in the same grammar; taken over when it makes sense. */
function End({ label, at, zone, now, onChange }: { label: string; at: number | undefined; zone: string; now: number; onChange: (ms: number) => void }) {
  const shown = at === undefined ? "" : `${shortDate(at, zone)} ${shortClock(at, zone)}`;
  const [typed, setTyped] = useState<string>();
  const read = typed === undefined ? undefined : readRange(`${typed} ± 1h`, now, zone);
  const wrong = read !== undefined && !("range" in read);
  const take = () => {
    if (read !== undefined && "range" in read) {
      const around = resolve(read.range, now, zone);
      if (around !== undefined) onChange((around.from + around.to) / 2);
    }
    setTyped(undefined);
  };
  return (
    <label>
      {label}
      <input
        value={typed ?? shown}
        aria-invalid={wrong}
        onChange={(e) => setTyped(e.target.value)}
        onBlur={take}
        onKeyDown={(e) => {
          if (e.key === "Enter") take();
        }}
      />
    </label>
  );
}

function shortDate(ms: number, zone: string): string {
  const { year, month, day } = wallAt(ms, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** The same two moments on the clocks that somebody else may have meant. */
function SameMoment({ span, zone, now }: { span: Span; zone: string; now: number }) {
  const t = useT();
  const others = [...new Set(["UTC", browserZone()])].filter((other) => other !== zone && offsetName(span.from, other) !== offsetName(span.from, zone));
  if (others.length === 0) return null;
  return (
    <p className={styles.same}>
      {t("time.sameMoment")} {others.map((other) => `${spanLabel(span, now, other, t)} ${other}`).join(" · ")}
    </p>
  );
}

