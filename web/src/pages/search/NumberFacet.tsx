import type { Numbers } from "../../api/types";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { binClause, binsOf, figure } from "../../model/statistics";
import { plain } from "./FacetValue";
import styles from "./FieldStats.module.css";
import { useFieldTexts } from "./fieldTexts";

interface Props {
  readonly name: string;
  readonly numbers: Numbers;
  readonly about: boolean;
  readonly onClause: (clause: string) => void;
}

/** What the numbers of a field are like: a few figures, and how they are spread. */
export function NumberFacet({ name, numbers, about, onClause }: Props) {
  const figures = [
    ["min", numbers.min],
    ["p50", numbers.p50],
    ["p95", numbers.p95],
    ["max", numbers.max],
  ] as const;
  return (
    <div className={styles.numbers}>
      <Spread name={name} numbers={numbers} about={about} onClause={onClause} />
      <dl className={styles.four}>
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{`${about && label.startsWith("p") ? "~" : ""}${figure(value)}`}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** How numbers are spread, from the least to beyond p99: a click on a bar asks for what is in it. */
export function Spread({ name, numbers, about, onClause }: Props) {
  const t = useFieldTexts();
  const { tag } = useT();
  const bins = binsOf(numbers.min, numbers.bins);
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  return (
    <div className={styles.spread} role="group" lang={tag} aria-label={t("spread", { field: plain(name) })}>
      {bins.map((bin) => {
        const said = t("bin", { from: figure(bin.from), to: figure(bin.to), n: `${about ? "~" : ""}${count(bin.count)}` });
        return (
          <button key={bin.to} type="button" title={said} aria-label={said} disabled={bin.count === 0} onClick={() => onClause(binClause(name, bin, bin, numbers.max))}>
            <i style={{ height: `${bin.count === 0 ? 0 : Math.max(6, (bin.count / most) * 100)}%` }} />
          </button>
        );
      })}
    </div>
  );
}
