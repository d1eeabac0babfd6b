import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { lettersQuery } from "../../api/ingest";
import { count } from "../../model/format";
import { Excerpt } from "./Excerpt";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

const everything = { group: "", state: "", contains: "" };
const most = 4;

/** Why lines were not understood, the most frequent first, each with its newest line. */
export function Reasons({ project, rejected }: { project: string; rejected: number }) {
  const t = useIngestTexts();
  const { scope } = useSearch({ strict: false });
  const { data } = useInfiniteQuery({ ...lettersQuery(project, everything, rejected), placeholderData: keepPreviousData, enabled: project !== "" });
  const page = data?.pages[0];
  const keep = { project, ...(scope === undefined ? {} : { scope }), tab: "letters" };
  return (
    <section aria-labelledby="ingest-letters">
      <h2 className={styles.sec} id="ingest-letters">
        {t("tab.letters")}{" "}
        {page !== undefined && <small>{page.whole ? t("letters.kept", { n: count(page.counted) }) : t("letters.atLeast", { n: count(page.counted) })}</small>}
        <i className="grow" />
        {page !== undefined && page.counted > 0 && (
          <Link to="/ingest" search={keep}>
            {t("letters.see")}
          </Link>
        )}
      </h2>
      {page !== undefined && page.counted === 0 && <p className={styles.none}>{t("letters.none")}</p>}
      <ul className={styles.reasons}>
        {page?.reasons.slice(0, most).map((reason) => {
          const newest = page.letters.find((letter) => letter.group === reason.group);
          return (
            <li key={reason.group}>
              <Link to="/ingest" search={{ ...keep, group: reason.group }}>
                {reason.field !== "" && <b>{reason.field}: </b>}
                {reason.reason}
              </Link>
              <span className="muted">
                /v1/{reason.door} · {reason.format} · {count(reason.count)}×
              </span>
              {newest !== undefined && <Excerpt letter={newest} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
