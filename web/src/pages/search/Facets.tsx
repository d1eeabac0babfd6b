import IconChartHistogram from "@tabler/icons-react/dist/esm/icons/IconChartHistogram.mjs";
import IconColumns from "@tabler/icons-react/dist/esm/icons/IconColumns.mjs";
import IconChevronRight from "@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs";
import IconFilter from "@tabler/icons-react/dist/esm/icons/IconFilter.mjs";
import IconPin from "@tabler/icons-react/dist/esm/icons/IconPin.mjs";
import { Suspense, useState } from "react";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { FacetValue, plain, type ValueActions } from "./FacetValue";
import styles from "./Facets.module.css";
import { FieldFinder, MoreValues, NumberFacet } from "./parts";
import type { Question } from "./SearchRun";
import type { Facet, Facets as FacetsData } from "./useFacets";

interface Props extends ValueActions {
  readonly data: FacetsData;
  readonly question: Question | undefined;
  /** The fields at the top of the column. */
  readonly pins: readonly string[];
  readonly onPins: (fields: readonly string[]) => void;
  readonly onStatistics: (field: string) => void;
  /** The fields that stand as columns in the list, and what adds or removes one. */
  readonly columns: readonly string[];
  readonly onColumn: (field: string) => void;
  /** Adds a clause to the query. */
  readonly onClause: (clause: string) => void;
}

/** The facet column: what the events found have in the fields that one mostly asks about, and in those one pins. */
export function Facets(props: Props) {
  const { data, question, pins, onPins, onStatistics } = props;
  const t = useT();
  const [find, setFind] = useState("");
  const wanted = find.trim().toLowerCase();
  const shown = data.list.filter(({ name, present, chosen }) => name.toLowerCase().includes(wanted) && (present > 0 || chosen.length > 0 || pins.includes(name)));
  const add = (field: string) => {
    onPins([field, ...pins.filter((pin) => pin !== field)]);
    setFind("");
  };
  const known = (name: string) => data.list.some((facet) => facet.name === name);
  return (
    <aside className={styles.facets} aria-label={t("facets.label")}>
      <label className={styles.find}>
        <IconFilter size={14} stroke={1.7} />
        <input
          value={find}
          onChange={(e) => setFind(e.target.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && wanted !== "" && !e.nativeEvent.isComposing) add(find.trim());
          }}
          placeholder={t("facets.find")}
          aria-label={t("facets.find")}
          spellCheck={false}
        />
      </label>
      {wanted !== "" && (
        <Suspense fallback={null}>
          <FieldFinder find={find.trim()} question={question} known={known} onAdd={add} onStatistics={onStatistics} />
        </Suspense>
      )}
      {shown.map((facet) => (
        <FacetGroup key={facet.name} {...props} facet={facet} />
      ))}
      {data.pending && data.list.length === 0 && ["70%", "40%", "55%", "30%", "62%"].map((width) => <div key={width} className={styles.skeleton} style={{ width }} />)}
    </aside>
  );
}

/** How many values stand in the column before one asks for more. */
export const firstValues = 6;

function FacetGroup({ facet, question, pins, columns, onPins, onColumn, onToggle, onExclude, onStatistics, onClause }: Props & { readonly facet: Facet }) {
  const t = useT();
  const { name, distinct, chosen, present, about, numbers, type } = facet;
  // A measurement has no values worth listing.
  const measured = numbers !== undefined && distinct !== 1 && (type === "number" || facet.more || distinct > 20);
  // A field with one value tells nothing: closed, unless the query asks for it. Ids are many: closed too.
  const standard = chosen.length > 0 || (distinct > 1 && !closedFields.has(name)) || (pins.includes(name) && distinct !== 1);
  const [choice, setChoice] = useState<boolean>();
  const [all, setAll] = useState(false);
  const open = choice ?? standard;
  const values = facet.values.slice(0, firstValues);
  const listed = [...values, ...chosen.filter((value) => !values.some((v) => v.value === value)).map((value) => ({ value, count: facet.values.find((v) => v.value === value)?.count ?? 0 }))];
  const pinned = pins.includes(name);
  const shownAsColumn = columns.includes(name);
  const columnTip = t(shownAsColumn ? "facets.noColumn" : "facets.column", { field: name });
  const left = distinct - values.length;
  return (
    <div className={`${styles.group ?? ""} ${open ? "" : (styles.closed ?? "")}`}>
      <div className={styles.headline}>
        <button type="button" className={styles.head} aria-expanded={open} onClick={() => setChoice(!open)}>
          <IconChevronRight className={styles.chevron} size={12} stroke={1.7} />
          <b className={styles.name} title={name}>
            {plain(name)}
          </b>
          <span>{distinct > 0 ? `${facet.more ? "~" : ""}${count(distinct)}` : ""}</span>
        </button>
        <span className={styles.headButtons}>
          <button type="button" aria-label={t("facets.statistics", { field: name })} title={t("facets.statistics", { field: name })} aria-haspopup="dialog" onClick={() => onStatistics(name)}>
            <IconChartHistogram size={12} stroke={1.7} />
          </button>
          {!ownColumns.has(name) && (
            <button type="button" aria-pressed={shownAsColumn} aria-label={t("facets.column", { field: name })} title={columnTip} onClick={() => onColumn(name)}>
              <IconColumns size={12} stroke={1.7} />
            </button>
          )}
          <button type="button" aria-pressed={pinned} aria-label={t("facets.pin", { field: name })} title={t(pinned ? "facets.unpin" : "facets.pin", { field: name })} onClick={() => onPins(pinned ? pins.filter((pin) => pin !== name) : [...pins, name])}>
            <IconPin size={12} stroke={1.7} />
          </button>
        </span>
      </div>
      {open && measured && (
        <Suspense fallback={null}>
          <NumberFacet name={name} numbers={numbers} about={about} onClause={onClause} />
        </Suspense>
      )}
      {open && listed.length === 0 && !measured && <div className={styles.none}>{t("facets.none")}</div>}
      {open &&
        (!measured || chosen.length > 0) &&
        listed.map(({ value, count: n }) => (
          <FacetValue key={value} field={name} value={value} n={n} share={present === 0 ? 0 : n / present} about={about} on={chosen.includes(value)} onToggle={onToggle} onExclude={onExclude} />
        ))}
      {open && !measured && left > 0 && values.length > 0 && (
        <button type="button" className={styles.more} aria-haspopup="dialog" onClick={() => setAll(true)}>
          {t("facets.more", { n: `${facet.more ? "~" : ""}${count(left)}` })}
        </button>
      )}
      {all && question !== undefined && (
        <Suspense fallback={null}>
          <MoreValues facet={facet} question={question} onToggle={onToggle} onExclude={onExclude} onClose={() => setAll(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** What the list shows anyway. */
const ownColumns = new Set<string>(["time", "level", "service", "msg"]);
const closedFields = new Set<string>(["timeCost", "callId", "function", "httpPath", "release", "env", "host"]);
