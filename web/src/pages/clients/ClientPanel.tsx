import IconBroadcast from "@tabler/icons-react/dist/esm/icons/IconBroadcast.mjs";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Client } from "../../api/clients";
import { useT } from "../../i18n";
import { agentOf, nameOf, quoted, sdkOf, standing } from "../../model/clients";
import { count } from "../../model/format";
import { safeText } from "../../model/untrusted";
import { ChangeClient } from "./ChangeClient";
import { ClientPulls } from "./ClientPulls";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

interface Props {
  readonly client: Client;
  readonly project: string;
  readonly now: number;
  readonly mayChange: boolean;
  readonly onPull: () => void;
  readonly onClose: () => void;
}

/** The live events of a page's device. */
export function watchSearch(project: string, client: Client): Record<string, string> {
  return { ...(project === "" ? {} : { project }), q: `device:${quoted(client.device)}`, view: "live" };
}

/** One page: how it stands, what was asked of it, and what may be. */
export function ClientPanel({ client, project, now, mayChange, onPull, onClose }: Props) {
  const t = useClientsTexts();
  const common = useT();
  const stands = standing(client, now);
  const of = (field: string, value: string): ReactNode =>
    value === "" ? "" : (
      <Link to="/search" search={{ ...(project === "" ? {} : { project }), q: `${field}:${quoted(value)}` }}>
        {safeText(value, 80)}
      </Link>
    );
  const reach = !client.online ? "reach.none" : client.channel ? "reach.channel" : "reach.beat";
  const facts: readonly (readonly [string, ReactNode, boolean?])[] = [
    [t("fact.account"), of("account", client.account)],
    [t("fact.staff"), of("staff", client.staff)],
    [t("fact.number"), of("number", client.number)],
    [t("fact.call"), <>{safeText(client.call, 80)}{client.callId !== "" && <> {of("callId", client.callId)}</>}</>],
    [t("fact.socket"), safeText(client.socket, 120), stands === "bad"],
    [t("fact.rtc"), safeText(client.rtc, 120)],
    [t("fact.page"), safeText(client.page, 200)],
    [t("fact.app"), safeText([client.app, client.release, sdkOf(client) && `SDK ${sdkOf(client)}`].filter(Boolean).join(", "), 120)],
    [t("fact.device"), safeText(agentOf(client.ua), 120)],
    [t("fact.id"), of("device", client.device)],
    [t("fact.session"), of("session", client.session)],
    [t("fact.upload"), t("upload", { mode: safeText(client.mode, 20), n: count(client.buffered) }), client.failures > 2],
    [t("fact.stream"), client.stream === "" ? "" : t("stream", { id: safeText(client.stream, 60), n: count(client.logged) })],
    [t("fact.keeps"), client.keeps === "" ? t("keeps.none") : safeText(client.keeps, 40)],
    [t("fact.reach"), t(reach)],
  ];
  return (
    <aside className={styles.panel} aria-label={t("panel", { name: safeText(nameOf(client), 60) })}>
      <header>
        <h2>{safeText(nameOf(client), 80)}</h2>
        <i className="grow" />
        <span className={styles.stands}>
          <i className={styles.dot} data-stands={stands} aria-hidden="true" />
          {t(`state.${stands}`)}
        </span>
        <button type="button" className={styles.close} aria-label={common("common.close")} title={`${common("common.close")}  Esc`} onClick={onClose}>
          <IconX size={16} stroke={1.7} />
        </button>
      </header>
      <div className={styles.buttons}>
        <Link to="/search" search={watchSearch(project, client)} className={styles.main}>
          <IconBroadcast size={14} stroke={1.7} aria-hidden="true" /> {t("watch")}
        </Link>
        <button type="button" onClick={onPull}>
          <IconDownload size={14} stroke={1.7} aria-hidden="true" /> {t("pull")}
        </button>
      </div>
      <dl className={styles.facts}>
        {facts.map(([name, value, bad]) =>
          value === "" ? null : (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd data-bad={bad === true || undefined}>{value}</dd>
            </div>
          ),
        )}
      </dl>
      {client.lastError !== null && (
        <>
          <h3>{t("error.last")}</h3>
          <p>
            {client.lastError.code !== "" && <code className={styles.code}>{safeText(client.lastError.code, 60)}</code>} {safeText(client.lastError.text, 300)}
          </p>
        </>
      )}
      <ClientPulls device={client.device} project={project} />
      {mayChange && client.online && <ChangeClient key={client.tab} client={client} project={project} />}
    </aside>
  );
}
