import { Button } from "@mantine/core";
import IconAffiliate from "@tabler/icons-react/dist/esm/icons/IconAffiliate.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import IconLink from "@tabler/icons-react/dist/esm/icons/IconLink.mjs";
import IconListDetails from "@tabler/icons-react/dist/esm/icons/IconListDetails.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type ReactNode, useMemo, useState } from "react";
import type { LogEvent } from "../../api/types";
import iconStyles from "../../components/IconButton.module.css";
import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { useT } from "../../i18n";
import { adviceFor } from "../../model/advice";
import { bytes, count, duration, eventTime, fullTime } from "../../model/format";
import { JsonObject, parseJson, printJson } from "../../model/json";
import { messageOf } from "../../model/message";
import type { Search } from "../../model/search";
import { sourceOf } from "../../model/source";
import { cut } from "../../model/untrusted";
import styles from "./Drawer.module.css";
import { FieldList, Plain } from "./FieldList";

export interface DrawerActions {
  readonly onClose: () => void;
  readonly onTab: (tab: Search["tab"]) => void;
  readonly onFilter: (field: string, value: string, negated: boolean) => void;
  readonly onColumn: (field: string) => void;
  readonly onTrace: (trace: string) => void;
  readonly onAround: () => void;
  readonly onCopyLink: () => void;
  readonly onCopyEvent: () => void;
}

interface Props extends DrawerActions {
  readonly event: LogEvent;
  readonly tab: Search["tab"];
  readonly zone: string;
  readonly columns: readonly string[];
  readonly hits: RegExp | undefined;
  /** How many events of the range have this trace, this error code; undefined while that is not known. */
  readonly inTrace: number | undefined;
  readonly sameCode: number | undefined;
}

const tabs = ["fields", "json", "raw"] as const;
const mostMessage = 4000;

/** How long after it happened the event arrived: "+43 ms". */
function lag(event: LogEvent): string {
  const happened = eventTime(event.time);
  const arrived = eventTime(typeof event["received"] === "string" ? event["received"] : "");
  if (happened === undefined || arrived === undefined) return "";
  return `${arrived.ms < happened.ms ? "" : "+"}${duration(arrived.ms - happened.ms)}`;
}

/** One event, whole. */
export default function EventDetails(props: Props) {
  const { event, tab, zone, columns, hits, inTrace, sameCode } = props;
  const t = useT();
  const source = sourceOf(event);
  const parsed = useMemo(() => {
    const value = parseJson(source);
    return value instanceof JsonObject ? value : new JsonObject([]);
  }, [source]);
  const time = eventTime(event.time);
  const message = messageOf(event);
  const [all, setAll] = useState("");
  const shown = all === event.id ? message : cut(message, mostMessage);
  const trace = event.traceId ?? "";
  const note = (name: string): ReactNode =>
    name === "traceId" && inTrace !== undefined ? t("drawer.traceCount", { n: count(inTrace) }) : name === "received" ? lag(event) : null;

  return (
    <>
      <div className={styles.head}>
        <div className={styles.line}>
          <Level level={event.level} />
          <span className="ellipsis">{time === undefined ? event.time : fullTime(time, zone)}</span>
          <span className={styles.icons}>
            <button type="button" className={iconStyles.button} aria-label={t("drawer.copyLink")} title={`${t("drawer.copyLink")}  Y`} onClick={props.onCopyLink}>
              <IconLink size={15} stroke={1.7} />
            </button>
            <button type="button" className={iconStyles.button} aria-label={t("drawer.copyEvent")} title={`${t("drawer.copyEvent")}  y`} onClick={props.onCopyEvent}>
              <IconCopy size={15} stroke={1.7} />
            </button>
            <button type="button" className={iconStyles.button} aria-label={t("common.close")} title={`${t("common.close")}  Esc`} onClick={props.onClose}>
              <IconX size={15} stroke={1.7} />
            </button>
          </span>
        </div>
        <div className={styles.message}>
          <Message text={shown} code="" hits={hits} multiline />
          {shown.length < message.length && (
            <button type="button" className={styles.more} onClick={() => setAll(event.id)}>
              {t("drawer.showAll", { size: bytes(new Blob([message]).size) })}
            </button>
          )}
        </div>
        <div className={styles.actions}>
          {trace !== "" && (
            <Button variant="filled" leftSection={<IconAffiliate size={14} stroke={1.7} />} onClick={() => props.onTrace(trace)}>
              {t("drawer.trace")}
            </Button>
          )}
          <Button className={styles.around} leftSection={<IconListDetails size={14} stroke={1.7} />} rightSection={<kbd>a</kbd>} onClick={props.onAround}>
            {t("drawer.around")}
          </Button>
        </div>
      </div>
      <div className={styles.tabs} role="tablist" aria-label={t("drawer.label")}>
        {tabs.map((name) => (
          <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="drawer-panel" onClick={() => props.onTab(name)}>
            {t(`drawer.${name}`)}
          </button>
        ))}
      </div>
      <div className={styles.body} role="tabpanel" id="drawer-panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab === "fields" && (
          <>
            <Why event={event} sameCode={sameCode} onFilter={props.onFilter} />
            <FieldList event={parsed} zone={zone} columns={columns} note={note} onFilter={props.onFilter} onColumn={props.onColumn} />
          </>
        )}
        {tab === "json" && (
          <pre className={styles.pre}>
            <Cut text={printJson(parsed, 0)} />
          </pre>
        )}
        {tab === "raw" && (typeof event.raw === "string" && event.raw !== "" ? <pre className={styles.pre}><Cut text={event.raw} /></pre> : <p className={styles.missing}>{t("drawer.noRaw")}</p>)}
      </div>
    </>
  );
}

/** A long text, cut until all of it is asked for. */
function Cut({ text }: { text: string }) {
  const t = useT();
  const [all, setAll] = useState(false);
  const shown = all ? text : cut(text, 50_000);
  return (
    <>
      <Plain text={shown} />
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
