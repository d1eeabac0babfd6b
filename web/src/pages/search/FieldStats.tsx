import { useQuery } from "@tanstack/react-query";
import { statistics } from "../../api/search";
import type { Statistics } from "../../api/types";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { Overlay } from "../../components/Overlay";
import { Sparkline } from "../../components/Sparkline";
import { selected } from "../../model/clauses";
import { count } from "../../model/format";
import { figure, percent } from "../../model/statistics";
import { FacetValue, plain, type ValueActions } from "./FacetValue";
import styles from "./FieldStats.module.css";
import { useFieldTexts } from "./fieldTexts";
import { Spread } from "./NumberFacet";
import type { Question } from "./SearchRun";

interface Props extends ValueActions {
  readonly field: string;
  readonly question: Question | undefined;
  readonly onClause: (clause: string) => void;
  readonly onColumn: (field: string) => void;
  readonly onClose: () => void;
}

/** What one field holds in the events of this answer: how often it is there, its numbers, its values, and when. */
export function FieldStats({ field, question, onToggle, onExclude, onClause, onColumn, onClose }: Props) {
  const t = useFieldTexts();
  const { data, error, refetch } = useQuery({
    queryKey: ["statistics", field, question?.q, question?.from, question?.to, question?.project],
    queryFn: ({ signal }) => {
      if (question === undefined) throw new Error("no question");
      return statistics({ q: question.q, from: question.from, to: question.to, project: question.project }, field, 48, signal);
    },
    enabled: question !== undefined,
    retry: false,
  });
  const act = (change: () => void) => {
    onClose();
    change();
  };
  return (
    <Overlay label={t("statistics", { field: plain(field) })} onClose={onClose} place={{ left: 70, top: 90, width: 400, maxHeight: "calc(100dvh - 120px)" }}>
      <div className={styles.box}>
        <div className={styles.title}>
          <b className={styles.mono}>{plain(field)}</b>
          {data !== undefined && <span>{t(`type.${data.type}` as "type.text")}</span>}
          <button type="button" className={styles.link} onClick={() => act(() => onColumn(field))}>
            {t("column")}
          </button>
          <button type="button" className={styles.link} onClick={onClose}>
            {t("close")}
          </button>
        </div>
        <FetchError error={error} retry={refetch} className={styles.note} />
        {data === undefined && error === null && <Loading />}
        {data !== undefined && <Body data={data} q={question?.q ?? ""} onToggle={(name, value) => act(() => onToggle(name, value))} onExclude={(name, value) => act(() => onExclude(name, value))} onClause={(clause) => act(() => onClause(clause))} />}
      </div>
    </Overlay>
  );
}

function Body({ data, q, onToggle, onExclude, onClause }: ValueActions & { readonly data: Statistics; readonly q: string; readonly onClause: (clause: string) => void }) {
  const t = useFieldTexts();
  const about = data.approximate ? "~" : "";
  const chosen = selected(q, data.name);
  const { numbers } = data;
  return (
    <>
      <p className={styles.sentence}>
        {t("present", { n: `${about}${count(data.present)}`, share: percent(data.matching === 0 ? 0 : data.present / data.matching), absent: `${about}${count(data.absent)}` })}{" "}
        {data.distinct > 0 && t("different", { n: `${data.more ? "~" : ""}${count(data.distinct)}` })}
      </p>
      {data.present > 0 && (
        <figure className={styles.time}>
          <figcaption>{t("overTime")}</figcaption>
          <Sparkline figures={data.times} colour="var(--accent)" width={372} height={36} />
        </figure>
      )}
      {numbers !== undefined && (
        <>
          <dl className={styles.seven}>
            {(["min", "avg", "p50", "p95", "p99", "max"] as const).map((name) => (
              <div key={name}>
                <dt>{name === "avg" ? t("average") : name}</dt>
                <dd>{`${data.approximate && name !== "min" && name !== "max" ? "~" : ""}${figure(numbers[name])}`}</dd>
              </div>
            ))}
          </dl>
          <Spread name={data.name} numbers={numbers} about={data.approximate} onClause={onClause} />
        </>
      )}
      {data.values.length > 0 && (
        <>
          <h2>{t("top")}</h2>
          <div className={styles.list}>
            {data.values.map(({ value, count: n }) => (
              <FacetValue key={value} field={data.name} value={value} n={n} share={data.present === 0 ? 0 : n / data.present} about={data.approximate} on={chosen.includes(value)} onToggle={onToggle} onExclude={onExclude} />
            ))}
          </div>
        </>
      )}
      {data.present === 0 && <p className={styles.note}>{t("nowhere")}</p>}
      {data.partial && <p className={styles.note}>{data.reason}</p>}
      {data.approximate && <p className={styles.note}>{t("share", { share: percent(data.share) })}</p>}
    </>
  );
}
