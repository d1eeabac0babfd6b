import { AllKeys } from "../../components/AllKeys";
import type { UseQueryResult } from "@tanstack/react-query";
import type { RefObject } from "react";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDotted from "@tabler/icons-react/dist/esm/icons/IconCircleDotted.mjs";
import { type Compared, groupings, type Modules, type Speed, type SpeedRow, type Usual } from "../../api/speed";
import { EventsLink } from "../../components/EventsLink";
import { useT } from "../../i18n";
import { count, duration } from "../../model/format";
import type { Events } from "../../model/pipeLinks";
import { spanLabel } from "../../model/rangeLabel";
import { keyId, type SpeedState } from "../../model/speed";
import { CallsTable } from "./CallsTable";
import { ModulesPart } from "./Modules";
import { SidePanel } from "./SidePanel";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";
import { UnusualPart } from "./Unusual";
import type { SpeedQuestion, UpdateSpeed } from "./useSpeed";

interface Props {
  readonly question: SpeedQuestion;
  readonly address: (events: Events, sel?: string) => string;
  readonly small: boolean;
  readonly list: RefObject<HTMLDivElement | null>;
  readonly calls: Speed;
  /** What is shown is from before; the next answer is being read. */
  readonly old: boolean;
  readonly rows: readonly SpeedRow[];
  readonly compared: ReadonlyMap<string, Compared>;
  readonly usual: Usual | undefined;
  readonly modules: UseQueryResult<Modules>;
  readonly state: SpeedState;
  readonly update: UpdateSpeed;
  readonly cursor: string;
  readonly onRow: (id: string) => void;
  /** Shows all keys. */
  readonly onKeys: () => void;
}

/** The calls by what they are grouped by, the matrix and the unusual below, and the panel of a row. */
export function Calls(props: Props) {
  const { question, address, small, list, calls, old, rows, compared, usual, modules, state, update, cursor, onRow, onKeys } = props;
  const t = useSpeedTexts();
  const common = useT();
  const chosen = state.sel === "" ? undefined : rows.find(({ key }) => keyId(key) === state.sel);
  const shown = rows.reduce((sum, row) => sum + row.count, 0);
  const Sign = old ? IconCircleDotted : calls.partial ? IconAlertTriangle : IconCircleCheck;
  return (
    <div className={styles.body} data-panel={chosen !== undefined}>
      {/* The list scrolls by itself, so keys must reach it. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles.left} ref={list} tabIndex={0} role="region" aria-label={t("tab.calls")}>
        <div className={styles.head}>
          <div className={styles.kinds} role="group" aria-label={t("by")}>
            {groupings.map((by, i) => (
              <button key={by} type="button" aria-pressed={by === state.by} title={`${by}  ${i + 1}`} onClick={() => update({ by, sel: "" })}>
                {by}
              </button>
            ))}
          </div>
          <span className={styles.answer} data-whole={!calls.partial} role="status">
            <Sign size={15} stroke={1.7} aria-hidden="true" />
            <span>
              <b>{t("answer", { n: count(calls.groups), calls: count(calls.total) })}</b> · {t(old ? "answer.reading" : calls.partial ? "answer.part" : "answer.whole")}
            </span>
            <small>{t("answer.cost", { ms: duration(calls.ms), exact: t(calls.approximate ? "answer.approximate" : "answer.exact") })}</small>
          </span>
        </div>
        {calls.partial && (
          <p className={styles.banner} role="status">
            <b>{t("partial")}</b> {calls.reason}
          </p>
        )}
        {rows.length === 0 ? (
          <div className={styles.none}>
            <h2>{t("none.title")}</h2>
            <p>{t("none.text", { span: spanLabel(question.span, question.span.to, question.zone, common) })}</p>
            <EventsLink to={address({ q: question.q, span: question.span })}>{t("none.link")}</EventsLink>
          </div>
        ) : (
          <CallsTable calls={calls} rows={rows} compared={compared} minDays={usual?.minDays ?? 5} minCalls={usual?.minCalls ?? 20} state={state} update={update} question={question} address={address} small={small} cursor={cursor} onRow={onRow} />
        )}
        {calls.groups > rows.length && <p className={styles.note}>{t("rest", { n: count(calls.groups - rows.length), calls: count(calls.total - shown) })}</p>}
        <div className={styles.below}>
          <ModulesPart question={question} address={address} small={small} modules={modules} most={8} onAll={() => update({ tab: "modules" })} />
          {usual !== undefined && <UnusualPart question={question} address={address} usual={usual} most={6} onAll={() => update({ tab: "unusual" })} />}
        </div>
      </div>
      {chosen !== undefined && <SidePanel key={state.sel} row={chosen} calls={calls} compared={compared.get(state.sel)} question={question} address={address} onClose={() => update({ sel: "" })} />}
      {!small && (
        <footer className={styles.foot}>
          <span><kbd>1</kbd>–<kbd>5</kbd> {t("hint.by")}</span>
          <span><kbd>j</kbd> <kbd>k</kbd> {t("hint.row")}</span>
          <span><kbd>o</kbd> {t("hint.open")}</span>
          <span><kbd>J</kbd> <kbd>K</kbd> {t("hint.problem")}</span>
          <span><kbd>⏎</kbd> {t("hint.events")}</span>
          <AllKeys onKeys={onKeys} />
          <i className="grow" />
          <span>{t("hint.axis")}</span>
        </footer>
      )}
    </div>
  );
}
