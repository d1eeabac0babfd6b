import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import IconChevronLeft from "@tabler/icons-react/dist/esm/icons/IconChevronLeft.mjs";
import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import IconClock from "@tabler/icons-react/dist/esm/icons/IconClock.mjs";
import { Suspense, useState } from "react";
import { useT } from "../../i18n";
import { rangeLabel } from "../../model/rangeLabel";
import { fixed, type Range, shifted } from "../../model/timeRange";
import { TimeDialog } from "./parts";
import styles from "./TimePicker.module.css";
import { spanNow } from "./useRun";

interface Props {
  readonly range: Range;
  /** As in the address: "" is the browser's. */
  readonly tz: string;
  readonly zone: string;
  readonly q: string;
  readonly project: string;
  readonly onChange: (change: { readonly range?: Range; readonly tz?: string }) => void;
}

/** The time range: one step earlier or later, and the dialog with everything else. */
export function TimePicker(props: Props) {
  const { range, zone, onChange } = props;
  const t = useT();
  const [open, setOpen] = useState(false);
  // The label of a relative range does not depend on the moment, that of a fixed one only on the day.
  const [now] = useState(() => Date.now());
  const step = (by: -1 | 1) => onChange({ range: fixed(shifted(spanNow(range, zone), by)) });
  return (
    <div className={styles.picker} role="group" aria-label={t("time.label")}>
      <button type="button" className={styles.step} aria-label={t("time.earlier")} title={`${t("time.earlier")}  [`} onClick={() => step(-1)}>
        <IconChevronLeft size={14} stroke={1.7} />
      </button>
      <button type="button" className={styles.value} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(true)}>
        <IconClock size={14} stroke={1.7} />
        <b>{rangeLabel(range, now, zone, t)}</b>
        <span>{zone}</span>
        <IconChevronDown size={14} stroke={1.7} />
      </button>
      <button type="button" className={styles.step} aria-label={t("time.later")} title={`${t("time.later")}  ]`} onClick={() => step(1)}>
        <IconChevronRight size={14} stroke={1.7} />
      </button>
      {open && (
        <Suspense fallback={null}>
          <TimeDialog {...props} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
