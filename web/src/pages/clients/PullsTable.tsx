import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { pulls as readPulls } from "../../api/clients";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { isOpen, pulledSearch } from "../../model/clients";
import { clock, count, date } from "../../model/format";
import { safeText } from "../../model/untrusted";
import { browserZone } from "../../model/zone";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

const at = (text: string) => {
  const ms = Date.parse(text);
  return `${date(ms, browserZone())} ${clock(ms, browserZone()).hms}`;
};

/** What was asked of devices, newest first; each leads to what it has brought. */
export function PullsTable({ project }: { project: string }) {
  const t = useClientsTexts();
  const { data, error, refetch } = useQuery({
    queryKey: ["pulls", project, ""],
    queryFn: ({ signal }) => readPulls(project, "", signal),
    refetchInterval: ({ state }) => (state.data?.some(isOpen) === true ? 2000 : 15_000),
  });
  if (data === undefined) return error === null ? <Loading /> : <FetchError error={error} retry={refetch} className={styles.problem} />;
  if (data.length === 0) {
    return (
      <div className={styles.none}>
        <p>{t("pulls.all")}</p>
      </div>
    );
  }
  return (
    // The list scrolls by itself, so keys must reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.list} tabIndex={0} role="region" aria-label={t("pulls.list", { project })}>
      <table className={styles.table} aria-label={t("pulls.list", { project })}>
        <thead>
          <tr>
            {(["asked", "by", "device", "range", "level", "state"] as const).map((name) => (
              <th key={name} scope="col">{t(`pulls.col.${name}`)}</th>
            ))}
            <th scope="col" className="num">{t("pulls.col.events")}</th>
          </tr>
        </thead>
        <tbody>
          {data.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <Link to="/search" search={pulledSearch(project, one)}>{at(one.asked)}</Link>
              </th>
              <td>{safeText(one.by.replace(/^user:/, ""), 60)}</td>
              <td className={styles.mono} data-full>{safeText(one.device, 60)}</td>
              <td data-more>{at(one.from)} – {at(one.to)}</td>
              <td data-more>{one.level}</td>
              <td data-full data-bad={one.state === "failed" || one.state === "refused" || undefined} title={safeText(one.reason, 300)}>
                {t(`state.${one.state}`)}
                {one.reason !== "" && <small>: {safeText(one.reason, 80)}</small>}
              </td>
              <td className="num" data-label={t("pulls.col.events")}>{count(one.events)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
