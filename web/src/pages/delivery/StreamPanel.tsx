import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { streamQuery } from "../../api/delivery";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { eventsOf, pieces, type Run, runLength, runText, type StreamDetail } from "../../model/delivery";
import { clock, count, date, eventTime } from "../../model/format";
import { browserZone } from "../../model/zone";
import styles from "./Delivery.module.css";
import { type DeliveryTexts, reasonText, useDeliveryTexts } from "./deliveryTexts";

const most = 50;

/** All that is known of one stream: each range that is missing with the times around it, each omission with its reason. */
export function StreamPanel({ project, stream, onClose }: { project: string; stream: string; onClose: () => void }) {
  const t = useDeliveryTexts();
  const { data, error, refetch } = useQuery(streamQuery(project, stream));
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <aside className={styles.panel} aria-label={t("panel", { stream })}>
      <header>
        <h2 className="mono">{stream}</h2>
        <i className="grow" />
        <button type="button" className={styles.close} aria-label={t("close")} onClick={onClose}>
          <IconX size={16} stroke={1.7} />
        </button>
      </header>
      {gone ? <p className={styles.small}>{t("panel.gone")}</p> : <FetchError error={error} retry={refetch} className={styles.problem} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && <Detail project={project} stream={data} />}
    </aside>
  );
}

function Detail({ project, stream }: { project: string; stream: StreamDetail }) {
  const t = useDeliveryTexts();
  const { highest, stored, omitted, missing, state } = stream;
  const label = { highest: count(highest), stored: count(stored), omitted: count(omitted), missing: count(missing) };
  return (
    <>
      <p className={styles.verdict} data-tone={missing === 0 ? "ok" : state === "open" ? "wait" : "err"}>
        {verdict(t, stream)}
      </p>
      <div className={styles.bar} role="img" aria-label={state === "open" ? t("bar.open", label) : t("bar", label)}>
        {pieces(stream).map((piece) => (
          <i key={`${piece.fate} ${piece.from}`} data-fate={piece.fate} style={{ left: `${piece.at}%`, width: `${piece.width}%` }} title={`${runText(piece)} ${t(`fate.${piece.fate}`)}`} />
        ))}
      </div>
      <dl className={styles.about}>
        <Fact name={t("col.app")} value={stream.app || t("app.none")} />
        <Fact name={t("col.sdk")} value={stream.sdk} />
        <Fact name={t("col.day")} value={stream.day} />
        <Fact name={t("col.state")} value={t(`state.${state}`)} />
        <Fact name={t("panel.numbers")} value={`1–${count(highest)}`} />
        <Fact name={t("fate.stored")} value={count(stored)} />
        {stream.first !== null && <Fact name={t("panel.first")} value={when(stream.first)} />}
        {stream.last !== null && <Fact name={t("panel.last")} value={when(stream.last)} />}
      </dl>
      {stream.gaps.length > 0 && <h3>{state === "open" ? t("panel.waitingGaps") : t("panel.gaps")}</h3>}
      <ul className={styles.list}>
        {stream.gaps.slice(0, most).map((run) => (
          <li key={run.from} data-fate="missing">
            <b className="mono">{runText(run)}</b> <span>{count(runLength(run))}</span> <small>{between(t, run)}</small>
            <Link to="/search" search={{ project, ...eventsOf(stream, run) }}>
              {t("panel.near")}
            </Link>
          </li>
        ))}
      </ul>
      {stream.left.length > 0 && <h3>{t("panel.left")}</h3>}
      <ul className={styles.list}>
        {stream.left.slice(0, most).map((run) => (
          <li key={run.from} data-fate="left">
            <b className="mono">{runText(run)}</b> <span>{count(runLength(run))}</span> <small>{reasonText(t, run.reason ?? "")}</small>
          </li>
        ))}
      </ul>
      {(!stream.whole || stream.gaps.length > most || stream.left.length > most) && <p className={styles.small}>{t("panel.cut")}</p>}
      {stored > 0 && (
        <Link to="/search" search={{ project, ...eventsOf(stream) }} className={styles.button}>
          {t("panel.events")}
        </Link>
      )}
    </>
  );
}

function verdict(t: DeliveryTexts, { missing, state, highest }: StreamDetail): string {
  if (missing > 0) return state === "open" ? t("panel.waiting", { n: count(missing) }) : t("panel.missing", { n: count(missing) });
  if (state === "closed") return t("panel.complete");
  if (state === "abrupt") return t("panel.abrupt");
  return state === "open" ? t("panel.openWhole", { highest: count(highest) }) : t("panel.silentWhole", { highest: count(highest) });
}

/** A moment in this browser's zone. */
function when(time: string): string {
  const ms = eventTime(time)?.ms;
  if (ms === undefined) return time;
  const at = clock(ms, browserZone());
  return `${date(ms, browserZone())} ${at.hms}.${at.ms}`;
}

/** What is known of when a gap was: the times of its neighbours. */
function between(t: DeliveryTexts, { after, before }: Run): string {
  if (after !== undefined && before !== undefined) return t("panel.between", { after: when(after), before: when(before) });
  if (after !== undefined) return t("panel.after", { after: when(after) });
  return before === undefined ? "" : t("panel.before", { before: when(before) });
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">{value}</dd>
    </>
  );
}
