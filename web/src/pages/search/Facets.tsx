import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import IconFilter from "@tabler/icons-react/dist/esm/icons/IconFilter.mjs";
import IconMinus from "@tabler/icons-react/dist/esm/icons/IconMinus.mjs";
import IconPlus from "@tabler/icons-react/dist/esm/icons/IconPlus.mjs";
import { useState } from "react";
import { Category } from "../../components/Category";
import { Level } from "../../components/Level";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { pieces } from "../../model/untrusted";
import styles from "./Facets.module.css";
import type { Facet, Facets as FacetsData } from "./useFacets";

interface Props {
  readonly data: FacetsData;
  readonly own: readonly string[];
  readonly onOwn: (fields: readonly string[]) => void;
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string) => void;
}

/** The facet column: a click switches a value on or off in the query, Alt-click or the minus excludes it. */
export function Facets({ data, own, onOwn, onToggle, onExclude }: Props) {
  const t = useT();
  const [find, setFind] = useState("");
  const wanted = find.trim().toLowerCase();
  const shown = data.list.filter(({ name, present, chosen }) => name.toLowerCase().includes(wanted) && (present > 0 || chosen.length > 0 || own.includes(name)));
  const unknown = wanted !== "" && !data.list.some(({ name }) => name.toLowerCase() === wanted);
  const add = () => {
    onOwn([...own, find.trim()]);
    setFind("");
  };
  return (
    <aside className={styles.facets} aria-label={t("facets.label")}>
      <label className={styles.find}>
        <IconFilter size={14} stroke={1.7} />
        <input
          value={find}
          onChange={(e) => setFind(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && unknown) add();
          }}
          placeholder={t("facets.find")}
          aria-label={t("facets.find")}
          spellCheck={false}
        />
      </label>
      {unknown && (
        <button type="button" className={styles.add} onClick={add}>
          + {t("facets.add", { field: find.trim() })}
        </button>
      )}
      {shown.map((facet) => (
        <FacetGroup key={facet.name} facet={facet} sampled={data.partial} onToggle={onToggle} onExclude={onExclude} {...(own.includes(facet.name) ? { onRemove: () => onOwn(own.filter((f) => f !== facet.name)) } : {})} />
      ))}
      {data.pending && data.list.length === 0 && ["70%", "40%", "55%", "30%", "62%"].map((width) => <div key={width} className={styles.skeleton} style={{ width }} />)}
    </aside>
  );
}

interface GroupProps {
  readonly facet: Facet;
  readonly sampled: boolean;
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string) => void;
  readonly onRemove?: () => void;
}

function FacetGroup({ facet, sampled, onToggle, onExclude, onRemove }: GroupProps) {
  const t = useT();
  const { name, values, distinct, chosen, present } = facet;
  // A field with one value tells nothing: closed, unless the query asks for it. Ids are many: closed too.
  const standard = chosen.length > 0 || (distinct > 1 && !closedFields.has(name));
  const [choice, setChoice] = useState<boolean>();
  const open = choice ?? standard;
  const listed = [...values, ...chosen.filter((value) => !values.some((v) => v.value === value)).map((value) => ({ value, count: 0 }))];
  return (
    <div className={`${styles.group ?? ""} ${open ? "" : (styles.closed ?? "")}`}>
      <button type="button" className={styles.head} aria-expanded={open} onClick={() => setChoice(!open)}>
        <IconChevronRight className={styles.chevron} size={12} stroke={1.7} />
        {name}
        <span>{distinct > 0 ? `${sampled ? "~" : ""}${count(distinct)}` : ""}</span>
      </button>
      {open && listed.length === 0 && <div className={styles.none}>{t("facets.none")}</div>}
      {open &&
        listed.map(({ value, count: n }) => (
          <FacetValue key={value} field={name} value={value} n={n} share={present === 0 ? 0 : n / present} sampled={sampled} on={chosen.includes(value)} onToggle={onToggle} onExclude={onExclude} />
        ))}
      {open && distinct > values.length && values.length > 0 && <div className={styles.none}>{t("facets.more", { n: count(distinct - values.length) })}</div>}
      {open && onRemove !== undefined && (
        <button type="button" className={styles.none} onClick={onRemove}>
          {t("facets.remove")}
        </button>
      )}
    </div>
  );
}

const closedFields = new Set(["callId", "function", "httpPath", "release", "env", "host"]);

interface ValueProps {
  readonly field: string;
  readonly value: string;
  readonly n: number;
  readonly share: number;
  readonly sampled: boolean;
  readonly on: boolean;
  readonly onToggle: (field: string, value: string) => void;
  readonly onExclude: (field: string, value: string) => void;
}

function FacetValue({ field, value, n, share, sampled, on, onToggle, onExclude }: ValueProps) {
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
        <span className={styles.count}>{`${sampled ? "~" : ""}${count(n)}`}</span>
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
  return (
    <span className={styles.text}>
      {pieces(value, false)
        .map((piece) => piece.text)
        .join("")}
    </span>
  );
}
