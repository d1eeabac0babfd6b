import { useQuery } from "@tanstack/react-query";
import { fieldsSeen } from "../../api/search";
import { percent } from "../../model/statistics";
import { plain } from "./FacetValue";
import styles from "./Facets.module.css";
import { useFieldTexts } from "./fieldTexts";
import type { Question } from "./SearchRun";

interface Props {
  readonly find: string;
  readonly question: Question | undefined;
  /** Whether a field stands in the column already. */
  readonly known: (name: string) => boolean;
  readonly onAdd: (field: string) => void;
  readonly onStatistics: (field: string) => void;
}

const most = 12;

/** The fields that events of this answer have and whose name holds what is sought. */
export function FieldFinder({ find, question, known, onAdd }: Props) {
  const t = useFieldTexts();
  const wanted = find.toLowerCase();
  const { data } = useQuery({
    queryKey: ["fields-seen", question?.q, question?.from, question?.to, question?.project],
    queryFn: ({ signal }) => {
      if (question === undefined) throw new Error("no question");
      return fieldsSeen({ q: question.q, from: question.from, to: question.to, project: question.project }, signal);
    },
    enabled: question !== undefined,
    retry: false,
    staleTime: 30_000,
  });
  const found = (data?.seen ?? []).filter(({ name }) => name.toLowerCase().includes(wanted) && !known(name)).slice(0, most);
  const exact = known(find) || found.some(({ name }) => name === find);
  return (
    <div className={styles.finder}>
      {found.map(({ name, type, share }) => (
        <button key={name} type="button" className={styles.add} title={t("add", { field: name })} onClick={() => onAdd(name)}>
          <span className={styles.text}>+ {plain(name)}</span>
          <span className={styles.count}>{t("seen", { type: t(`type.${type}` as "type.text"), share: percent(share) })}</span>
        </button>
      ))}
      {!exact && (
        <button type="button" className={styles.add} onClick={() => onAdd(find)}>
          <span className={styles.text}>+ {t("add", { field: plain(find) })}</span>
        </button>
      )}
    </div>
  );
}
