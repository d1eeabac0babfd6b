import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { complete, facets } from "../../api/search";
import { FetchError } from "../../components/FetchError";
import { Overlay } from "../../components/Overlay";
import { count } from "../../model/format";
import { FacetValue, plain, type ValueActions } from "./FacetValue";
import styles from "./FieldStats.module.css";
import { useFieldTexts } from "./fieldTexts";
import type { Question } from "./SearchRun";
import type { Facet } from "./useFacets";

interface Props extends ValueActions {
  readonly facet: Facet;
  readonly question: Question;
  readonly onClose: () => void;
}

const first = 200;

/** Many values of a field, and a search through all of them. */
export function MoreValues({ facet, question, onToggle, onExclude, onClose }: Props) {
  const t = useFieldTexts();
  const [find, setFind] = useState("");
  const asked = { q: facet.of, from: question.from, to: question.to, project: question.project };
  const prefix = find.trim();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["more-values", facet.name, asked, prefix],
    queryFn: async ({ signal }) => {
      if (prefix !== "") return { values: (await complete(asked, facet.name, prefix, first, signal)).values, present: facet.present, about: facet.about };
      const answer = await facets(asked, [facet.name], first, signal);
      return { values: answer.fields[0]?.values ?? [], present: answer.fields[0]?.present ?? 0, about: answer.approximate || answer.partial };
    },
    retry: false,
    placeholderData: (old) => old,
  });
  const label = t("values", { field: plain(facet.name) });
  return (
    <Overlay label={label} onClose={onClose} place={{ left: 70, top: 90, width: 340, maxHeight: "calc(100dvh - 120px)" }}>
      <div className={styles.box}>
        <div className={styles.title}>
          <b>{plain(facet.name)}</b>
          <span>{t("different", { n: `${facet.more ? "~" : ""}${count(facet.distinct)}` })}</span>
        </div>
        <input className={styles.find} data-autofocus value={find} onChange={(e) => setFind(e.target.value)} placeholder={t("findValue")} aria-label={t("findValue")} spellCheck={false} />
        <FetchError error={error} retry={refetch} className={styles.note} />
        <div className={styles.list}>
          {(data?.values ?? []).map(({ value, count: n }) => (
            <FacetValue key={value} field={facet.name} value={value} n={n} share={data === undefined || data.present === 0 ? 0 : n / data.present} about={data?.about === true} on={facet.chosen.includes(value)} onToggle={onToggle} onExclude={onExclude} />
          ))}
          {!isPending && data?.values.length === 0 && <p className={styles.note}>{t("noValue")}</p>}
        </div>
        {data?.about === true && <p className={styles.note}>{t("estimated")}</p>}
      </div>
    </Overlay>
  );
}
