import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconChartBar from "@tabler/icons-react/dist/esm/icons/IconChartBar.mjs";
import IconChartLine from "@tabler/icons-react/dist/esm/icons/IconChartLine.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDotted from "@tabler/icons-react/dist/esm/icons/IconCircleDotted.mjs";
import IconListNumbers from "@tabler/icons-react/dist/esm/icons/IconListNumbers.mjs";
import IconTable from "@tabler/icons-react/dist/esm/icons/IconTable.mjs";
import type { TableAnswer } from "../../../api/table";
import { count, duration } from "../../../model/format";
import { type Kind, kinds } from "../../../model/pipeTable";
import styles from "./Pipe.module.css";
import { usePipeTexts } from "./pipeTexts";

const icons = { line: IconChartLine, bar: IconChartBar, table: IconTable, top: IconListNumbers };

interface Props {
  readonly answer: TableAnswer;
  readonly reading: boolean;
  readonly possible: readonly Kind[];
  readonly kind: Kind;
  readonly onKind: (kind: Kind) => void;
  readonly onCopy: () => void;
}

/** How complete and how exact the table is, what it cost, and how it is shown. */
export function PipeLine({ answer, reading, possible, kind, onKind, onCopy }: Props) {
  const t = usePipeTexts();
  const { rows, partial, approximate, scanned, ms } = answer;
  const Sign = reading ? IconCircleDotted : partial ? IconAlertTriangle : IconCircleCheck;
  return (
    <div className={styles.line} data-whole={!partial}>
      <Sign size={15} stroke={1.7} aria-hidden="true" />
      <span role="status">
        <b>{t("rows", { n: count(rows.length) })}</b> · {t(reading ? "reading" : partial ? "part" : "whole")}
      </span>
      <span className={styles.cost} title={approximate ? t("approximate.title") : undefined}>
        {t("cost", { ms: duration(ms), segments: count(scanned.segments), total: count(scanned.segmentsTotal) })} · {t(approximate ? "approximate" : "exact")}
      </span>
      <i className="grow" />
      <div className={styles.kinds} role="group" aria-label={t("kinds")}>
        {kinds
          .filter((one) => possible.includes(one))
          .map((one) => {
            const Icon = icons[one];
            return (
              <button key={one} type="button" aria-pressed={one === kind} title={`${t(`kind.${one}`)}  ${kinds.indexOf(one) + 1}`} onClick={() => onKind(one)}>
                <Icon size={14} stroke={1.7} aria-hidden="true" />
                {t(`kind.${one}`)}
              </button>
            );
          })}
      </div>
      <Button onClick={onCopy}>{t("csv")}</Button>
    </div>
  );
}
