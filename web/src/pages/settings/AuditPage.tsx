import { Button } from "@mantine/core";
import IconHistory from "@tabler/icons-react/dist/esm/icons/IconHistory.mjs";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { auditPage } from "../../api/people";
import { meQuery } from "../../api/session";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useTitle } from "../../hooks/useTitle";
import { type AuditEntry, auditKinds, actorOf, filterOf } from "../../model/audit";
import styles from "./People.module.css";
import { type PeopleTexts, usePeopleTexts } from "./peopleTexts";
import settings from "./Settings.module.css";
import { SettingsTabs } from "./SettingsTabs";

/** Who did what, newest first. The filter stands in the address; a click on a name narrows it. */
export function AuditPage() {
  const p = usePeopleTexts();
  const navigate = useNavigate();
  const filter = filterOf(useSearch({ strict: false }));
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin";
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ pageParam, signal }) => auditPage(filter, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    enabled: admin,
    staleTime: 0,
  });
  useTitle(p("audit.title"));
  const narrow = (change: Readonly<Record<string, string>>) => void navigate({ to: "/settings/audit", search: (old) => Object.assign({}, old, change) });
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const filtered = filter.actor !== "" || filter.action !== "" || filter.project !== "" || filter.from !== "";
  return (
    <div className={settings.page}>
      <SettingsTabs />
      <h1 className="sr-only">{p("audit.list")}</h1>
      <div className={settings.say}>
        <IconHistory size={16} stroke={1.7} aria-hidden="true" />
        <p>{admin ? p("audit.sum") : p("audit.notAdmin")}</p>
      </div>
      {admin && (
        <div className={styles.filter} role="group" aria-label={p("audit.filter")}>
          <select aria-label={p("audit.col.action")} value={filter.action} onChange={(event) => narrow({ action: event.target.value })}>
            <option value="">{p("audit.any")}</option>
            {[...new Set([...auditKinds, ...(filter.action === "" ? [] : [filter.action])])].map((kind) => (
              <option key={kind} value={kind}>
                {kind}
              </option>
            ))}
          </select>
          <select aria-label={p("audit.col.project")} value={filter.project} onChange={(event) => narrow({ of: event.target.value })}>
            <option value="">{p("audit.project")}</option>
            {[...new Set([...me.projects.map(({ name }) => name), ...(filter.project === "" ? [] : [filter.project])])].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          {filter.actor !== "" && <code>{filter.actor}</code>}
          {filtered && (
            <button type="button" className={settings.link} onClick={() => narrow({ actor: "", action: "", of: "", from: "" })}>
              {p("audit.clear")}
            </button>
          )}
        </div>
      )}
      <div className={settings.list}>
        <FetchError error={error} retry={refetch} className={settings.problem} />
        {admin && data === undefined && error === null && <Loading />}
        {entries.length > 0 && <Entries entries={entries} narrow={narrow} />}
        {data !== undefined && (
          <div className={styles.older}>
            {hasNextPage ? (
              <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {p("audit.more")}
              </Button>
            ) : entries.length === 0 ? (
              p("audit.none")
            ) : (
              p("audit.end")
            )}
          </div>
        )}
      </div>
    </div>
  );
}

function Entries({ entries, narrow }: { entries: readonly AuditEntry[]; narrow: (change: Readonly<Record<string, string>>) => void }) {
  const p = usePeopleTexts();
  const columns = ["at", "actor", "action", "subject", "project", "detail"] as const;
  return (
    <table className={settings.table} aria-label={p("audit.list")}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {p(`audit.col.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td className={styles.when}>{new Date(entry.at).toLocaleString(p.tag, { dateStyle: "medium", timeStyle: "medium" })}</td>
            <td>
              <button type="button" className={styles.pick} onClick={() => narrow({ actor: entry.actor })}>
                {whoOf(entry.actor, p)}
              </button>
            </td>
            <td>
              <button type="button" className={`${styles.pick ?? ""} mono`} onClick={() => narrow({ action: entry.action })}>
                {entry.action}
              </button>
            </td>
            <td className="mono">{entry.subject}</td>
            <td>{entry.project}</td>
            <td className={styles.what}>{entry.detail}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whoOf(actor: string, p: PeopleTexts): string {
  const { kind, name } = actorOf(actor);
  if (kind === "user") return name;
  return kind === "local" ? p("audit.local") : p(`audit.${kind}`, { name });
}
