import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { Link } from "@tanstack/react-router";
import type { Compared, Speed, SpeedRow } from "../../api/speed";
import { EventsLink } from "../../components/EventsLink";
import { FetchError } from "../../components/FetchError";
import { QueryText } from "../../components/QueryText";
import { useT } from "../../i18n";
import { readQuery } from "../../model/address";
import { count, duration } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { callsOf, eventsOf, slowPercent, stepText } from "../../model/speed";
import { KeyName } from "./KeyName";
import { around, moment, who } from "./Slow";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";
import { TrendChart } from "./TrendChart";
import { type SpeedQuestion, useSlowest } from "./useSpeed";

interface Props {
  readonly row: SpeedRow;
  readonly calls: Speed;
  readonly compared: Compared | undefined;
  readonly question: SpeedQuestion;
  readonly address: (events: Events, sel?: string) => string;
  readonly onClose: () => void;
}

const wanted = 8;

/** One row: its p95 on what is usual, its slowest calls, and the query that checks it. */
export function SidePanel({ row, calls, compared, question, address, onClose }: Props) {
  const t = useSpeedTexts();
  const common = useT();
  const q = callsOf(question.q, calls.fields, row.key);
  const { data, error, refetch } = useSlowest(question, q, slowPercent(row.count, wanted), wanted, true);
  const judged = compared?.p95;
  const known = judged !== undefined && judged.verdict !== "unknown" ? judged : undefined;
  const ms = (value: number | null | undefined) => duration(value ?? Number.NaN);
  const check = `${q} | p50(timeCost), p95(timeCost), count by time(${stepText(calls.stepMs)})`;
  const to = (events: Events) => readQuery(address(events).replace(/^[^?]*/, ""));
  return (
    <aside className={styles.panel} aria-label={t("panel.title", { name: row.key.at(-1) ?? t("without", { field: calls.fields.at(-1) ?? "" }) })}>
      <header>
        <h2>
          <KeyName row={row.key} fields={calls.fields} />
        </h2>
        <i className="grow" />
        <button type="button" className={styles.close} aria-label={common("common.close")} title={`${common("common.close")}  Esc`} onClick={onClose}>
          <IconX size={16} stroke={1.7} />
        </button>
      </header>
      {known !== undefined && <p>{t("panel.usual", { now: ms(known.now), median: ms(known.median), mad: ms(known.mad), days: known.days })}</p>}
      <h3>{t("panel.trend", { step: duration(calls.stepMs) })}</h3>
      <TrendChart figures={row.trend} start={Date.parse(calls.start)} step={calls.stepMs} span={question.span} zone={question.zone} usual={known} />
      <h3>{t("panel.slow")}</h3>
      <FetchError error={error} retry={refetch} className={styles.problem} />
      <ol className={styles.slow}>
        {data?.calls.map((event) => (
          <li key={event.id}>
            <EventsLink to={around(event, q, address)}>{moment(event, question)}</EventsLink>
            <b>{ms(event.timeCost)}</b>
            <span>
              {who(event)} {event.errorCode !== undefined && <code className={styles.code}>{event.errorCode}</code>}
            </span>
          </li>
        ))}
      </ol>
      {data?.cut === true && <p className="muted">{t("slow.cut")}</p>}
      <h3>{t("panel.check")}</h3>
      <p className={styles.check}>
        <Link to="/search" search={to({ q: check, span: question.span })}>
          <QueryText q={check} />
        </Link>
      </p>
      <div className={styles.buttons}>
        <EventsLink to={address(eventsOf(question.q, calls.fields, row.key, question.span))} className={styles.main}>
          {t("panel.events", { n: count(row.count) })}
        </EventsLink>
        <EventsLink to={row.failed === 0 ? undefined : address(eventsOf(question.q, calls.fields, row.key, question.span, true))}>{row.failed > 0 && t("panel.errors", { n: count(row.failed) })}</EventsLink>
      </div>
    </aside>
  );
}
