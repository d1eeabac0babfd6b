import { Button } from "@mantine/core";
import IconAffiliate from "@tabler/icons-react/dist/esm/icons/IconAffiliate.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import IconDots from "@tabler/icons-react/dist/esm/icons/IconDots.mjs";
import IconLink from "@tabler/icons-react/dist/esm/icons/IconLink.mjs";
import IconListDetails from "@tabler/icons-react/dist/esm/icons/IconListDetails.mjs";
import IconPhone from "@tabler/icons-react/dist/esm/icons/IconPhone.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type ReactNode, useState } from "react";
import type { LogEvent } from "../../api/types";
import { AnsiText } from "../../components/AnsiText";
import { DropMenu } from "../../components/DropMenu";
import iconStyles from "../../components/IconButton.module.css";
import { Level } from "../../components/Level";
import { Message } from "../../components/Message";
import { useT } from "../../i18n";
import { clauseText } from "../../model/clauses";
import { bytes, eventTime, fullTime } from "../../model/format";
import { messageOf } from "../../model/message";
import { cut } from "../../model/untrusted";
import styles from "./Drawer.module.css";
import type { DrawerActions } from "./Drawer";
import { useDrawerTexts } from "./drawerTexts";

interface Props extends DrawerActions {
  readonly project: string;
  readonly event: LogEvent;
  readonly zone: string;
  readonly hits: RegExp | undefined;
}

const mostMessage = 4000;

/** When it was, what it says, and what one does first. */
export function DrawerHead(props: Props) {
  const { event, zone, hits, onCopy } = props;
  const t = useT();
  const d = useDrawerTexts();
  const time = eventTime(event.time);
  const message = messageOf(event);
  const [all, setAll] = useState("");
  const shown = all === event.id ? message : cut(message, mostMessage);
  const trace = event.traceId ?? "";
  const text = (name: string) => (typeof event[name] === "string" ? event[name] : "");
  const [call, session] = [text("callId"), text("session")];
  const tool = (label: string, key: string, icon: ReactNode, act: () => void) => (
    <button type="button" className={`${iconStyles.button ?? ""} ${key === "Esc" ? "" : (styles.wide ?? "")}`} aria-label={label} title={`${label}  ${key}`} onClick={act}>
      {icon}
    </button>
  );
  const openViewer = (of: { device: string } | { callId: string }) => {
    const tab = window.open("", "_blank"); // at once, or it is taken for a pop-up
    void import("../viewer/viewerLink").then(({ viewerLink }) => viewerLink(props.project, of)).then(
      (path) => (tab ?? window).location.assign(path),
      (err: unknown) => {
        tab?.close();
        props.onSay(d("viewerFailed", { reason: err instanceof Error ? err.message : String(err) }));
      },
    );
  };
  const ways = () => [
    {
      key: "ways",
      title: d("copyMore"),
      items: [
        { key: "link", text: t("drawer.copyLink"), onSelect: props.onCopyLink },
        { key: "event", text: t("drawer.copyEvent"), onSelect: props.onCopyEvent },
        { key: "query", text: d("copyQuery"), onSelect: () => onCopy(clauseText("id", event.id), d("copyQuery")) },
        { key: "message", text: d("copyMessage"), onSelect: () => onCopy(message, d("copyMessage")) },
        ...(text("raw") === "" ? [] : [{ key: "raw", text: d("copyRaw"), onSelect: () => onCopy(text("raw"), d("copyRaw")) }]),
      ],
    },
    ...(call === "" && text("device") === "" ? [] : [{
      key: "viewer",
      title: d("viewer"),
      items: [
        ...(text("device") === "" ? [] : [{ key: "device", text: d("viewerDevice"), onSelect: () => openViewer({ device: text("device") }) }]),
        ...(call === "" ? [] : [{ key: "call", text: d("viewerCall"), onSelect: () => openViewer({ callId: call }) }]),
      ],
    }]),
  ];
  return (
    <div className={styles.head}>
      <div className={styles.line}>
        <Level level={event.level} />
        <span className="ellipsis" title={time === undefined ? event.time : fullTime(time, zone)}>{time === undefined ? event.time : fullTime(time, zone)}</span>
        <span className={styles.icons}>
          {tool(t("drawer.copyLink"), "Y", <IconLink size={15} stroke={1.7} />, props.onCopyLink)}
          {tool(t("drawer.copyEvent"), "y", <IconCopy size={15} stroke={1.7} />, props.onCopyEvent)}
          <DropMenu label={d("copyMore")} title={d("copyMore")} className={iconStyles.button} align="right" sections={ways}>
            <IconDots size={15} stroke={1.7} />
          </DropMenu>
          {tool(t("common.close"), "Esc", <IconX size={15} stroke={1.7} />, props.onClose)}
        </span>
      </div>
      <div className={styles.message}>
        {shown.includes("\u001B") ? <AnsiText text={shown} /> : <Message text={shown} code="" hits={hits} multiline />}
        {shown.length < message.length && (
          <button type="button" className={styles.more} onClick={() => setAll(event.id)}>
            {t("drawer.showAll", { size: bytes(new Blob([message]).size) })}
          </button>
        )}
      </div>
      <div className={styles.actions}>
        {trace !== "" && (
          <Button variant="filled" leftSection={<IconAffiliate size={14} stroke={1.7} />} rightSection={<kbd>t</kbd>} onClick={() => props.onSame("traceId", trace)}>
            {t("drawer.trace")}
          </Button>
        )}
        {call !== "" && (
          <Button leftSection={<IconPhone size={14} stroke={1.7} />} onClick={() => props.onSame("callId", call)}>
            {d("sameCall")}
          </Button>
        )}
        {call === "" && session !== "" && <Button onClick={() => props.onSame("session", session)}>{d("sameSession")}</Button>}
        <Button className={styles.around} leftSection={<IconListDetails size={14} stroke={1.7} />} rightSection={<kbd>a</kbd>} onClick={() => props.onTab("around")}>
          {t("drawer.around")}
        </Button>
      </div>
    </div>
  );
}
