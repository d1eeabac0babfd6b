import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type CSSProperties, type RefObject, useEffect, useImperativeHandle, useMemo, useState } from "react";
import { createPortal } from "react-dom";
import { type Asked, complete, fieldsSeen } from "../../api/search";
import type { QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { useMedia } from "../../hooks/useMedia";
import { type Option, optionsAt, placeAt } from "../../model/completion";
import { count } from "../../model/format";
import { queryHistory } from "../../model/queryHistory";
import { percent } from "../../model/statistics";
import styles from "./Completion.module.css";
import { plain } from "./FacetValue";
import { useFieldTexts } from "./fieldTexts";
import type { CompletionState } from "./useCompletion";
import type { Facets } from "./useFacets";

interface Props {
  readonly state: CompletionState;
  readonly box: RefObject<QueryBoxHandle | null>;
  /** The range whose fields and values are offered; all of its events, whatever the query. */
  readonly asked: Asked;
  readonly facets: Facets;
}

export const listId = "query-options";
const none: readonly never[] = [];

/**
 * What may be written where the cursor is: fields, values with their counts,
 * functions, earlier queries. Tab accepts, arrows choose, Esc closes; Enter
 * runs the query as it stands, whatever is chosen.
 */
export function Completion({ state, box, asked, facets }: Props) {
  const t = useFieldTexts();
  const { caret, assist, onCaret, setOption } = state;
  const text = caret?.text ?? "";
  const place = useMemo(() => (caret === undefined ? undefined : placeAt(caret.text, caret.at)), [caret]);
  const fields = useQuery({ queryKey: ["completion-fields", asked], queryFn: ({ signal }) => fieldsSeen(asked, signal), retry: false, staleTime: 30_000, placeholderData: keepPreviousData });
  const field = place?.kind === "value" ? (place.field ?? "") : "";
  const typed = place?.kind === "value" ? place.typed : "";
  const values = useQuery({
    queryKey: ["completion-values", asked, field, typed],
    queryFn: async ({ signal }) => ({ field, values: (await complete(asked, field, typed, 40, signal)).values }),
    enabled: field !== "",
    retry: false,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  const options = useMemo(() => {
    if (place === undefined || fields.data === undefined) return none;
    const own = place.kind === "value" ? (values.data?.field === place.field ? (values.data?.values ?? none) : none).map((v) => ({ field, ...v })) : facets.list.flatMap(({ name, values: top }) => top.map((v) => ({ field: name, ...v })));
    return optionsAt(text, place, { fields: fields.data.seen, values: own, history: queryHistory() });
  }, [place, fields.data, values.data, facets.list, field, text]);

  // The first option is chosen anew whenever there are others.
  const [chosen, setChosen] = useState<{ readonly of: readonly Option[]; readonly at: number }>({ of: none, at: 0 });
  const at = chosen.of === options ? chosen.at : 0;
  const active = options[at];
  const open = caret !== undefined && options.length > 0;
  const accept = (option: Option | undefined) => {
    if (option === undefined) return;
    box.current?.replace(option.from, option.to, option.insert);
  };
  useImperativeHandle(assist, () => ({
    key: (key) => {
      if (!open) return false;
      if (key === "close") onCaret(undefined);
      else if (key === "accept") accept(active);
      else setChosen({ of: options, at: (at + (key === "up" ? options.length - 1 : 1)) % options.length });
      return true;
    },
  }));
  useEffect(() => setOption(open ? `${listId}-${at}` : undefined), [open, at, setOption]);
  const wide = useMedia("(min-width: 1000px)");
  if (!open) return null;
  const width = wide && active?.field !== undefined ? 500 : 290;
  const style: CSSProperties = { left: Math.max(8, Math.min(caret.left - 12, window.innerWidth - width - 8)), top: caret.bottom + 10, width };
  return createPortal(
    <div className={styles.box} style={style} role="region" aria-label={t("options")} onPointerDown={(e) => e.preventDefault()}>
      <div className={styles.panes}>
        <div className={styles.list} id={listId} role="listbox" aria-label={t("options")}>
          {options.map((option, i) => (
            <Row key={`${option.kind} ${option.label}`} option={option} title={options[i - 1]?.kind === option.kind ? undefined : t(`group.${option.kind}`)} id={`${listId}-${i}`} on={i === at} onChoose={() => accept(option)} />
          ))}
        </div>
        {wide && active?.field !== undefined && <About asked={asked} field={active.field} share={fields.data?.seen.find(({ name }) => name === active.field)} />}
      </div>
      <div className={styles.foot}>
        <kbd>↑</kbd> <kbd>↓</kbd> {t("choose")} <kbd>Tab</kbd> {t("accept")} <kbd>⏎</kbd> {t("run")} <kbd>Esc</kbd> {t("close")}
      </div>
    </div>,
    document.body,
  );
}

interface RowProps {
  readonly option: Option;
  /** The name of its group, on the first of it. */
  readonly title: string | undefined;
  readonly id: string;
  readonly on: boolean;
  readonly onChoose: () => void;
}

function Row({ option, title, id, on, onChoose }: RowProps) {
  const t = useFieldTexts();
  const { label, hit, kind, type, share, count: n } = option;
  const [begin, end] = hit ?? [0, 0];
  return (
    <>
      {title !== undefined && (
        <div className={styles.group} aria-hidden="true">
          {title}
        </div>
      )}
      <div id={id} role="option" tabIndex={-1} aria-selected={on} data-on={on} className={styles.option} title={plain(label)} onPointerUp={onChoose} ref={(element) => void (on && element?.scrollIntoView({ block: "nearest" }))}>
        <span className={styles.label}>
          {plain(label.slice(0, begin))}
          <b>{plain(label.slice(begin, end))}</b>
          {plain(label.slice(end))}
        </span>
        <span className={styles.detail}>
          {type !== undefined && t(`type.${type}` as "type.text")}
          {share !== undefined && ` · ${percent(share)}`}
          {n !== undefined && t("here", { n: count(n) })}
          {kind === "function" && t("function")}
        </span>
      </div>
    </>
  );
}

/** What the chosen field is, and its most frequent values. */
function About({ asked, field, share }: { readonly asked: Asked; readonly field: string; readonly share: { readonly type: string; readonly data?: boolean; readonly share: number } | undefined }) {
  const t = useFieldTexts();
  const { data } = useQuery({ queryKey: ["completion-values", asked, field, ""], queryFn: async ({ signal }) => ({ field, values: (await complete(asked, field, "", 40, signal)).values }), retry: false, staleTime: 30_000 });
  return (
    <div className={styles.about}>
      <p>
        <b className={styles.label}>{plain(field)}</b> {share !== undefined && `${share.data === true ? t("type.data") : t("isColumn")}, ${t(`type.${share.type}` as "type.text")}`}
      </p>
      {(data?.values ?? none).slice(0, 6).map(({ value, count: n }) => (
        <div key={value} className={styles.top}>
          <span className={styles.label}>{plain(value)}</span>
          <span>{count(n)}</span>
        </div>
      ))}
      {share !== undefined && <p className={styles.part}>{t("inShare", { share: percent(share.share) })}</p>}
    </div>
  );
}
