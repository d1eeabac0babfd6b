import IconKey from "@tabler/icons-react/dist/esm/icons/IconKey.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { keysQuery } from "../../api/keys";
import { meQuery } from "../../api/session";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useNow } from "../../hooks/useNow";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { type KeyRecord, sortKeys, summarise } from "../../model/keys";
import { KeyDetail } from "./KeyDetail";
import { KeyTable } from "./KeyTable";
import { NewKey } from "./NewKey";
import { ListShell } from "./ListShell";
import styles from "./Settings.module.css";
import { useKeyListKeys } from "./useKeyListKeys";

/** The keys of a project: what each may, from where, whether it is used; made and revoked here. */
export function KeysPage() {
  const t = useT();
  const navigate = useNavigate();
  const project = useProject();
  const { sel = "" } = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin" || me?.user.role === "editor";
  const { data, error, refetch } = useQuery({ ...keysQuery(project), enabled: admin && project !== "" });
  const keys = useMemo(() => sortKeys(data ?? []), [data]);
  const select = (id: string) => void navigate({ to: "/settings/keys", search: (old) => ({ ...old, sel: id }), replace: id !== "new" && id !== "" });
  useKeyListKeys(keys, sel, select, admin);
  useTitle(t("settings.keys"));

  const selected = keys.find((key) => key.id === sel);
  const panel = sel === "new" ? <NewKey key={project} project={project} onClose={() => select("")} /> : selected && <KeyDetail key={selected.id} record={selected} onClose={() => select("")} />;
  return (
    <ListShell
      title={t("key.list", { project })}
      icon={<IconKey size={16} stroke={1.7} aria-hidden="true" />}
      says={admin ? <Summary keys={keys} loaded={data !== undefined} /> : t("key.member")}
      add={admin ? { text: t("key.new"), onClick: () => select("new"), key: "n" } : undefined}
      panel={panel}
      hints={admin ? [[["j", "k"], t("key.hint.move")], [["n"], t("key.hint.new")], [["Esc"], t("key.hint.close")]] : undefined}
    >
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {admin && data === undefined && error === null && <Loading />}
      {keys.length > 0 && <KeyTable keys={keys} selected={sel} project={project} onSelect={select} />}
      <i className="grow" />
      <p className={styles.note}>{t("key.note")}</p>
    </ListShell>
  );
}

function Summary({ keys, loaded }: { keys: readonly KeyRecord[]; loaded: boolean }) {
  const t = useT();
  const now = useNow(60_000);
  if (!loaded) return null;
  if (keys.length === 0) return t("key.none");
  const { write, read, unused, closed } = summarise(keys, new Date(now));
  return (
    <>
      <b>{t("key.summary", { write: t("key.write", { n: write }), read: t("key.read", { n: read }) })}</b> {unused > 0 && t("key.unused", { n: unused })}{" "}
      {closed > 0 && t("key.closed", { n: closed })}
    </>
  );
}
