import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import type { SearchEnd } from "../../api/types";
import { sequence as en } from "../../i18n/en/sequence";
import { usePageTexts } from "../../i18n/part";
import { sequence as zh } from "../../i18n/zh/sequence";
import { clock, count } from "../../model/format";
import styles from "./ResultLine.module.css";

const texts = { en, zh };

interface Props {
  /** Absent for the note that a sequence is not shown live. */
  readonly end: NonNullable<SearchEnd["sequence"]> | undefined;
  readonly zone: string;
}

/** What must be said of a sequence's answer: which first events are not decided yet, or that it has no live view. */
export function SequenceNote({ end, zone }: Props) {
  const t = usePageTexts(texts);
  const decided = end === undefined ? Number.NaN : Date.parse(end.decidedTo);
  return (
    <div className={styles.banner} role="status">
      <IconClock size={16} stroke={1.7} />
      <span>
        {end === undefined ? t("noLive") : `${t("undecided", { n: count(end.undecided) })}${Number.isNaN(decided) ? "" : ` ${t("until", { time: clock(decided, zone).hms })}`}`}
      </span>
    </div>
  );
}
