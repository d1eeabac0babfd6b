import type { UseQueryResult } from "@tanstack/react-query";
import type { Modules } from "../../api/speed";
import { EventsLink } from "../../components/EventsLink";
import { FetchError } from "../../components/FetchError";
import { count, duration } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { eventsOf, keyId, perSecond, shareText } from "../../model/speed";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";
import type { SpeedQuestion } from "./useSpeed";

interface Props {
  readonly question: SpeedQuestion;
  readonly address: (events: Events) => string;
  readonly modules: UseQueryResult<Modules>;
  readonly most?: number;
  readonly onAll?: () => void;
  readonly small: boolean;
}

/** Cost, queries a second and errors by module and uri, by the rules of the Prism norm's matrix. */
export function ModulesPart({ question, address, modules, most = Number.POSITIVE_INFINITY, onAll }: Props) {
  const t = useSpeedTexts();
  const { data, error } = modules;
  const rows = data?.rows.slice(0, most) ?? [];
  return (
    <section className={styles.part} aria-label={t("modules.title")}>
      <h2 className={styles.sec}>
        {t("modules.title")} <small>{t("modules.sub")}</small>
        {onAll !== undefined && data !== undefined && data.total > rows.length && (
          <button type="button" onClick={onAll}>
            {t("more", { n: count(data.total) })}
          </button>
        )}
      </h2>
      <FetchError error={error} retry={() => modules.refetch()} className={styles.problem} />
      {data?.partial === true && (
        <p className={styles.banner} role="status">
          <b>{t("partial")}</b> {data.reason}
        </p>
      )}
      {data !== undefined && rows.length === 0 && <p className={styles.note}>{t("modules.none")}</p>}
      {rows.length > 0 && (
        <table className={styles.table} data-modules={true} aria-label={t("modules.title")}>
          <thead>
            <tr>
              <th scope="col">subsys</th>
              <th scope="col">module</th>
              <th scope="col">uri</th>
              <th scope="col" className="num">{t("modules.qps")}</th>
              <th scope="col" className="num">{t("col.count")}</th>
              <th scope="col" className="num">{t("modules.cost")}</th>
              <th scope="col" className="num">p50</th>
              <th scope="col" className="num">p95</th>
              <th scope="col" className="num">{t("col.errors")}</th>
              <th scope="col">{t("col.log")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const fields = ["kind", ...(data?.fields ?? [])];
              const key = [row.log, ...row.key];
              const to = address(eventsOf(question.q, fields, key, question.span));
              const failed = address(eventsOf(question.q, fields, key, question.span, true));
              const [subsys, module, uri] = row.key;
              return (
                <tr key={keyId(row.key)}>
                  <td>{subsys}</td>
                  <th scope="row">{module}</th>
                  <td className={styles.uri}><EventsLink to={to}>{uri}</EventsLink></td>
                  <td className="num" data-label={t("modules.qps")}>{perSecond(row.count, question.span)}</td>
                  <td className="num" data-label={t("col.count")}><EventsLink to={to}>{count(row.count)}</EventsLink></td>
                  <td className="num" data-label={t("modules.cost")}><EventsLink to={to}>{duration(row.avg ?? Number.NaN)}</EventsLink></td>
                  <td className="num" data-label="p50"><EventsLink to={to}>{duration(row.p50 ?? Number.NaN)}</EventsLink></td>
                  <td className="num" data-label="p95" data-strong><EventsLink to={to}>{duration(row.p95 ?? Number.NaN)}</EventsLink></td>
                  <td className="num" data-label={t("col.errors")} title={row.failed === null ? t("modules.noErrors") : undefined}>
                    {row.failed !== null && <EventsLink to={row.failed === 0 ? undefined : failed}>{shareText(row.failed, row.count)}</EventsLink>}
                  </td>
                  <td className={styles.log} title={row.ofServer > 0 ? t("modules.ofServer", { n: count(row.ofServer) }) : undefined}>
                    {row.log}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {onAll === undefined && data !== undefined && data.total > rows.length && <p className={styles.note}>{t("modules.left", { n: count(data.total - rows.length) })}</p>}
    </section>
  );
}
