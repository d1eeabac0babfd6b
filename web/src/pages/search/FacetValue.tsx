import IconMinus from "@tabler/icons-react/dist/esm/icons/IconMinus.mjs";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { Category } from "../../components/Category";
import { Level } from "../../components/Level";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { pieces } from "../../model/untrusted";
import styles from "./Facets.module.css";

export interface ValueActions {
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string) => void;
}

interface Props extends ValueActions {
  readonly field: string;
  readonly value: string;
  readonly n: number;
  /** Of the events that have the field. */
  readonly share: number;
  readonly about: boolean;
  readonly on: boolean;
}

/** One value with its count: a click switches it on or off in the query, Alt-click or the minus excludes it. */
export function FacetValue({ field, value, n, share, about, on, onToggle, onExclude }: Props) {
  const t = useT();
  return (
    <div className={styles.value} data-on={on}>
      <button
        type="button"
        className={styles.main}
        aria-pressed={on}
        title={value}
        onClick={(e) => {
          if (e.altKey) onExclude(field, value);
          else onToggle(field, value);
        }}
      >
        <Label field={field} value={value} />
        <span className={styles.count}>{`${about ? "~" : ""}${count(n)}`}</span>
      </button>
      <span className={styles.buttons}>
        <button type="button" tabIndex={-1} aria-label={t("facets.only", { value })} title={t("facets.only", { value })} onClick={() => onToggle(field, value)}>
          <IconPlus size={11} stroke={1.7} />
        </button>
        <button type="button" aria-label={t("facets.not", { value })} title={t("facets.not", { value })} onClick={() => onExclude(field, value)}>
          <IconMinus size={11} stroke={1.7} />
        </button>
      </span>
      <span className={styles.bar} aria-hidden="true">
        <i style={{ width: `${Math.min(100, Math.round(share * 100))}%` }} />
      </span>
    </div>
  );
}

const words = new Set(["debug", "info", "notice", "warn", "error", "fatal", "page", "request", "push", "call", "websocket", "webrtc"]);

/** Levels and categories are said in the reader's language here; what a click adds to the query stands in the title. */
function Label({ field, value }: { field: string; value: string }) {
  const t = useT();
  const word = words.has(value) ? t(`word.${value}` as "word.error") : value;
  if (field === "level") {
    return (
      <>
        <Level level={value} mark />
        <span className={styles.sans}>{word}</span>
      </>
    );
  }
  if (field === "category") return <Category category={value} word={word} />;
  return <span className={styles.text}>{plain(value)}</span>;
}

/** A value as one line of text: signs that would act are named. */
export function plain(value: string): string {
  return pieces(value, false)
    .map((piece) => piece.text)
    .join("");
}
