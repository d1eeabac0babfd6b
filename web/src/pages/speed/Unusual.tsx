import type { Finding, Usual } from "../../api/speed";
import { EventsLink } from "../../components/EventsLink";
import { count, duration } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { shortClock } from "../../model/rangeLabel";
import { eventsOf, keyId, nameOf, percentText, worse } from "../../model/speed";
import styles from "./Speed.module.css";
import { type SpeedTexts, useSpeedTexts } from "./speedTexts";
import type { SpeedQuestion } from "./useSpeed";

interface Props {
  readonly question: SpeedQuestion;
  readonly address: (events: Events) => string;
  readonly usual: Usual;
  readonly most?: number;
  readonly onAll?: () => void;
}

/** What is not as usual: worse first, then the latest; since when, how often, and whether it is over. */
export function UnusualPart({ question, address, usual, most = Number.POSITIVE_INFINITY, onAll }: Props) {
  const t = useSpeedTexts();
  const { findings, found, days, width } = usual;
  const shown = findings.slice(0, most);
  const span = { from: Date.parse(usual.from), to: Date.parse(usual.to) };
  return (
    <section className={styles.part} aria-label={t("unusual.title")}>
      <h2 className={styles.sec}>
        {t("unusual.title")} <small>{t("unusual.sub", { width, days })}</small>
        {onAll !== undefined && found > shown.length && (
          <button type="button" onClick={onAll}>
            {t("more", { n: count(found) })}
          </button>
        )}
      </h2>
      {found === 0 ? (
        <p className={styles.note}>{days < usual.minDays ? (days === 0 ? t("say.none", { min: usual.minDays }) : t("say.few", { n: days, min: usual.minDays })) : t("unusual.none")}</p>
      ) : (
        <ul className={styles.findings}>
          {shown.map((finding) => (
            <li key={`${finding.figure} ${keyId(finding.key)}`} data-worse={worse(finding)}>
              <i aria-hidden="true" />
              <div>
                <EventsLink to={finding.calls === 0 ? undefined : address(eventsOf(question.q, usual.fields, finding.key, since(finding, span), finding.figure === "failed"))}>{sentence(finding, usual.fields, t)}</EventsLink>
                <small>
                  {finding.since !== null &&
                    `${finding.until === null ? t("unusual.since", { from: shortClock(Date.parse(finding.since), question.zone) }) : t("unusual.over", { from: shortClock(Date.parse(finding.since), question.zone), to: shortClock(Date.parse(finding.until), question.zone) })} · `}
                  <EventsLink to={finding.calls === 0 ? undefined : address(eventsOf(question.q, usual.fields, finding.key, span))}>{t("unusual.calls", { n: count(finding.calls) })}</EventsLink>
                  {` · ${t(`log.${nameOf(finding.key).log}` as "log.call") || nameOf(finding.key).log}`}
                </small>
              </div>
            </li>
          ))}
        </ul>
      )}
      {onAll === undefined && found > findings.length && <p className={styles.note}>{t("unusual.left", { n: count(found - findings.length) })}</p>}
    </section>
  );
}

/** The time in which a finding holds; all that was judged where that is not known. */
function since({ since: from, until }: Finding, span: { from: number; to: number }) {
  return { from: from === null ? span.from : Date.parse(from), to: until === null ? span.to : Date.parse(until) };
}

function sentence({ key, figure, now, median, mad }: Finding, fields: readonly string[], t: SpeedTexts): string {
  const { name, of } = nameOf(key);
  const called = `${name ?? t("unusual.those", { which: t("without", { field: fields.at(-1) ?? "" }) })}${of === "" ? "" : ` (${of})`}`;
  const ms = (value: number | null) => duration(value ?? Number.NaN);
  if (figure === "p95") return t("unusual.p95", { name: called, now: ms(now), median: ms(median), mad: ms(mad) });
  if (figure === "failed") return t("unusual.failed", { name: called, now: percentText(now ?? 0), median: median === 0 ? "0" : percentText(median ?? 0) });
  return t("unusual.count", { name: called, now: count(now ?? 0), median: count(median ?? 0), mad: count(mad ?? 0) });
}
