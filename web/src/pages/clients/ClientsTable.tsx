import { useState } from "react";
import type { Client } from "../../api/clients";
import { useT } from "../../i18n";
import { type ClientSort, compareVersions, lagLimit, nameOf, newest, recentError, sdkOf, standing } from "../../model/clients";
import { count, duration } from "../../model/format";
import { relativeTime } from "../../model/relativeTime";
import { safeText } from "../../model/untrusted";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

interface Props {
  readonly clients: readonly Client[];
  /** All of the project, by which versions are judged. */
  readonly all: readonly Client[];
  readonly project: string;
  readonly now: number;
  readonly cursor: string;
  readonly selected: string;
  readonly sort: ClientSort;
  readonly onSort: (sort: ClientSort) => void;
  readonly onSelect: (tab: string) => void;
}

/** More rows than these are drawn on demand. */
const step = 300;

/** One row for each page. */
export function ClientsTable({ clients, all, project, now, cursor, selected, sort, onSort, onSelect }: Props) {
  const t = useClientsTexts();
  const common = useT();
  const [most, setMost] = useState(step);
  const sdk = newest(all, sdkOf);
  const release = newest(all, (one) => one.release);
  const head = (text: string, by?: ClientSort, className?: string) => (
    <th scope="col" className={className} {...(by !== undefined && sort === by ? { "aria-sort": by === "staff" || by === "online" ? ("ascending" as const) : ("descending" as const) } : {})}>
      {by === undefined ? text : (
        <button type="button" title={t("sort", { name: text })} onClick={() => onSort(sort === by ? "" : by)}>
          {text}
          {sort === by && <span aria-hidden="true"> ↓</span>}
        </button>
      )}
    </th>
  );
  const shown = clients.slice(0, most);
  return (
    <>
      <table className={styles.table} aria-label={t("list", { project })}>
        <thead>
          <tr>
            {head(t("col.staff"), "staff")}
            {head(t("col.account"))}
            {head(t("col.page"))}
            {head(t("col.call"))}
            {head(t("col.socket"))}
            {head(t("col.release"))}
            {head(t("col.sdk"))}
            {head(t("col.online"), "online", "num")}
            {head(t("col.lag"), "lag")}
            {head(t("col.error"), "error")}
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => {
            const stands = standing(one, now);
            const error = recentError(one, now);
            return (
              <tr key={one.tab} data-row={one.tab === cursor} data-gone={!one.online || undefined}>
                <th scope="row">
                  <button type="button" aria-pressed={one.tab === selected} onClick={() => onSelect(one.tab)}>
                    <i className={styles.dot} data-stands={stands} aria-hidden="true" />
                    <span className="sr-only">{t(`state.${stands}`)}: </span>
                    {safeText(nameOf(one), 60)}
                  </button>
                </th>
                <td className={styles.mono}>{safeText(one.account, 60)}</td>
                <td className={styles.mono} data-wide>
                  {safeText(one.page, 80)}
                  {one.hidden && <small>, {t("hidden")}</small>}
                </td>
                <td>{safeText(one.call, 40) || <span className="muted">{t("idle")}</span>}</td>
                <td data-bad={stands === "bad" || undefined}>{safeText(one.socket, 40)}</td>
                <td className={styles.mono} data-more data-old={(one.release !== "" && compareVersions(one.release, release) < 0) || undefined}>{safeText(one.release, 20)}</td>
                <td className={styles.mono} data-more data-old={(one.sdk !== "" && compareVersions(sdkOf(one), sdk) < 0) || undefined}>{safeText(sdkOf(one), 20)}</td>
                <td className="num" data-more>{one.online ? duration(Math.max(0, Math.round((now - Date.parse(one.since)) / 1000) * 1000)) : t("ago", { time: relativeTime(Date.parse(one.seen), now, common.tag) })}</td>
                <td data-more>
                  <Lag client={one} off={t("paused")} />
                </td>
                <td>{error !== null && <code className={styles.code}>{safeText(error.code || error.text, 40)}</code>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {clients.length > most && (
        <button type="button" className={styles.morerows} onClick={() => setMost(most + step)}>
          {t("more", { n: count(Math.min(step, clients.length - most)) })}
        </button>
      )}
    </>
  );
}

/** How long the upload has not moved: full at the limit. */
function Lag({ client, off }: { client: Client; off: string }) {
  if (!client.online) return null;
  if (client.mode === "off") return <span className="muted">{off}</span>;
  return (
    <>
      <span className={styles.lag} data-late={client.lagMs > lagLimit || undefined} aria-hidden="true">
        <i style={{ width: `${Math.min(100, (client.lagMs / lagLimit) * 100)}%` }} />
      </span>
      {duration(Math.round(client.lagMs / 100) * 100)}
    </>
  );
}
