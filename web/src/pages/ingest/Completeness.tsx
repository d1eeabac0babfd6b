import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { streamsQuery } from "../../api/ingest";
import { count } from "../../model/format";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

/** How much of what each app logged has arrived. */
export function Completeness({ project }: { project: string }) {
  const t = useIngestTexts();
  const { data } = useQuery({ ...streamsQuery(project), enabled: project !== "" });
  return (
    <section aria-labelledby="ingest-complete">
      <h2 className={styles.sec} id="ingest-complete">
        {t("complete.title")} <small>{t("complete.sub")}</small>
        <i className="grow" />
        <Link to="/delivery" search={{ project }}>
          {t("complete.more")}
        </Link>
      </h2>
      {data !== undefined && data.apps.length === 0 && <p className={styles.none}>{t("complete.none")}</p>}
      {data !== undefined && data.apps.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t("complete.col.app")}</th>
              <th scope="col" className="num">
                {t("complete.col.stored")}
              </th>
              <th scope="col" className="num">
                {t("complete.col.missing")}
              </th>
              <th scope="col" className="num">
                {t("complete.col.omitted")}
              </th>
              <th scope="col">{t("complete.col.streams")}</th>
            </tr>
          </thead>
          <tbody>
            {data.apps.map((app) => (
              <tr key={app.app}>
                <th scope="row">{app.app || t("complete.unnamed")}</th>
                <td className="num mono">{t("complete.of", { stored: count(app.stored), logged: count(app.logged) })}</td>
                <td className="num mono" data-odd={app.missing > 0 || undefined} data-good={app.missing === 0 || undefined}>
                  {count(app.missing)}
                </td>
                <td className="num mono" data-zero={app.omitted === 0 || undefined}>
                  {count(app.omitted)}
                </td>
                <td className={styles.wrap}>{t("complete.streams", { open: count(app.open), closed: count(app.closed), ended: count(app.ended) })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {data !== undefined && data.partial.length > 0 && <p className={styles.none}>{t("complete.partial", { why: data.partial.join("; ") })}</p>}
    </section>
  );
}
