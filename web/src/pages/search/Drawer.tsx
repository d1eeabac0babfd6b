import { type KeyboardEvent, type ReactNode, useMemo, useState } from "react";
import { Button } from "@mantine/core";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import IconChevronUp from "@tabler/icons-react/dist/esm/icons/IconChevronUp.mjs";
import type { LogEvent } from "../../api/types";
import iconStyles from "../../components/IconButton.module.css";
import { useT } from "../../i18n";
import { adviceFor } from "../../model/advice";
import { clauseText } from "../../model/clauses";
import { bytes, count, duration, eventTime } from "../../model/format";
import { JsonObject, parseJson, printJson } from "../../model/json";
import { messageOf } from "../../model/message";
import type { Search } from "../../model/search";
import { sourceOf } from "../../model/source";
import { cut } from "../../model/untrusted";
import { Around } from "./Around";
import styles from "./Drawer.module.css";
import { DrawerHead } from "./DrawerHead";
import { useDrawerTexts } from "./drawerTexts";
import { FieldList, Plain } from "./FieldList";

export interface DrawerActions {
  readonly onClose: () => void;
  readonly onTab: (tab: Search["tab"]) => void;
  readonly onFilter: (field: string, value: string, negated: boolean) => void;
  readonly onColumn: (field: string) => void;
  /** All events that have this value, whatever was searched before. */
  readonly onSame: (field: string, value: string) => void;
  /** The next event of the list, or the one before. */
  readonly onStep: (by: -1 | 1) => void;
  readonly onOpen: (id: string) => void;
  readonly onAround: () => void;
  readonly onCopyLink: () => void;
  readonly onCopyEvent: () => void;
  /** Tells something in passing. */
  readonly onSay: (text: string) => void;
  /** Copies a text and says what it was. */
  readonly onCopy: (text: string, what: string) => void;
}

interface Props extends DrawerActions {
  readonly event: LogEvent;
  readonly project: string;
  readonly tab: Search["tab"];
  readonly zone: string;
  readonly columns: readonly string[];
  readonly hits: RegExp | undefined;
  /** Its place in the list, from 0; -1 when it is not in there. */
  readonly row: number;
  readonly total: number;
  /** How many events of the range have this trace, this error code; undefined while that is not known. */
  readonly inTrace: number | undefined;
  readonly sameCode: number | undefined;
}

const tabs = ["fields", "json", "raw", "around"] as const;

/** How long after it happened the event arrived: "+43 ms". */
function lag(event: LogEvent): string {
  const happened = eventTime(event.time);
  const arrived = eventTime(typeof event["received"] === "string" ? event["received"] : "");
  if (happened === undefined || arrived === undefined) return "";
  return `${arrived.ms < happened.ms ? "" : "+"}${duration(arrived.ms - happened.ms)}`;
}

/** One event, whole. */
export function EventDetails(props: Props) {
  const { event, tab, zone, columns, inTrace, sameCode } = props;
  const t = useT();
  const d = useDrawerTexts();
  const source = sourceOf(event);
  const parsed = useMemo(() => {
    const value = parseJson(source);
    return value instanceof JsonObject ? value : new JsonObject([]);
  }, [source]);
  const raw = typeof event.raw === "string" ? event.raw : "";
  const note = (name: string): ReactNode =>
    name === "traceId" && inTrace !== undefined ? t("drawer.traceCount", { n: count(inTrace) }) : name === "received" ? lag(event) : null;
  const walk = (e: KeyboardEvent) => {
    const by = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    if (by === 0 || next === undefined) return;
    e.preventDefault();
    props.onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };

  return (
    <>
      <DrawerHead {...props} />
      <div className={styles.tabLine}>
        <div className={styles.tabs} role="tablist" aria-label={t("drawer.label")}>
          {tabs.map((name) => (
            <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="drawer-panel" tabIndex={tab === name ? 0 : -1} onKeyDown={walk} onClick={() => props.onTab(name)}>
              {t(`drawer.${name}`)}
            </button>
          ))}
        </div>
        <span className={styles.place}>{props.row >= 0 && d("position", { row: count(props.row + 1), n: count(props.total) })}</span>
        <button type="button" className={iconStyles.button} aria-label={t("drawer.previous")} title={`${t("drawer.previous")}  k`} onClick={() => props.onStep(-1)}>
          <IconChevronUp size={15} stroke={1.7} />
        </button>
        <button type="button" className={iconStyles.button} aria-label={t("drawer.next")} title={`${t("drawer.next")}  j`} onClick={() => props.onStep(1)}>
          <IconChevronDown size={15} stroke={1.7} />
        </button>
      </div>
      <div className={styles.body} role="tabpanel" id="drawer-panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === "fields" && (
          <>
            <Why event={event} sameCode={sameCode} onFilter={props.onFilter} />
            <FieldList
              event={parsed}
              zone={zone}
              columns={columns}
              note={note}
              onFilter={props.onFilter}
              onColumn={props.onColumn}
              onCopyValue={(name, text) => props.onCopy(text, d("valueOf", { field: name }))}
              onCopyClause={(name, text) => props.onCopy(clauseText(name, text), clauseText(name, cut(text, 60)))}
            />
          </>
        )}
        {tab === "json" && (
          <>
            <CopyLine text={printJson(parsed, 0)} onCopy={props.onCopyEvent} />
            <pre className={styles.pre}>
              <Cut key={event.id} text={printJson(parsed, 0)} />
            </pre>
          </>
        )}
        {tab === "raw" &&
          (raw === "" ? (
            <p className={styles.missing}>{t("drawer.noRaw")}</p>
          ) : (
            <>
              <CopyLine text={raw} onCopy={() => props.onCopy(raw, d("copyRaw"))} />
              <pre className={styles.pre}>
                <Cut key={event.id} text={raw} verbatim />
              </pre>
            </>
          ))}
        {tab === "around" && <Around event={event} project={props.project} zone={zone} onOpen={props.onOpen} onQuery={props.onAround} />}
      </div>
    </>
  );
}

function CopyLine({ text, onCopy }: { text: string; onCopy: () => void }) {
  const t = useT();
  return (
    <div className={styles.copyLine}>
      <span>{bytes(new Blob([text]).size)}</span>
      <Button variant="subtle" onClick={onCopy}>
        {t("common.copy")}
      </Button>
    </div>
  );
}

/** A long text, cut until all of it is asked for. Verbatim, a terminal's codes stand there as they came, in boxes. */
function Cut({ text, verbatim = false }: { text: string; verbatim?: boolean }) {
  const t = useT();
  const [all, setAll] = useState(false);
  const shown = all ? text : cut(text, 50_000);
  return (
    <>
      <Plain text={shown} verbatim={verbatim} />
      {shown.length < text.length && (
        <button type="button" className={styles.more} onClick={() => setAll(true)}>
          {t("drawer.showAll", { size: bytes(new Blob([text]).size) })}
        </button>
      )}
    </>
  );
}

/** The error code, what it means and what to do, and how many there are of it. */
function Why({ event, sameCode, onFilter }: { event: LogEvent; sameCode: number | undefined; onFilter: DrawerActions["onFilter"] }) {
  const t = useT();
  const code = event.errorCode ?? "";
  if (code === "") return null;
  const advice = adviceFor(code);
  const said = event.errorMsg ?? "";
  return (
    <div className={styles.why}>
      <b>{cut(code, 200)}</b>
      {said !== "" && said !== messageOf(event) && (
        <p>
          <Plain text={cut(said, 1000)} />
        </p>
      )}
      {advice !== undefined && <p>{t(advice)}</p>}
      {sameCode !== undefined && (
        <button type="button" onClick={() => onFilter("errorCode", code, false)}>
          {t("advice.count", { n: count(sameCode) })}
        </button>
      )}
    </div>
  );
}
