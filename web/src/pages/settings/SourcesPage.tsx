import IconFileCode from "@tabler/icons-react/dist/esm/icons/IconFileCode.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { meQuery } from "../../api/session";
import { sourcesQuery } from "../../api/sources";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useFlag } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { ListShell } from "./ListShell";
import settings from "./Settings.module.css";
import { SourceEditor } from "./SourceEditor";
import styles from "./Sources.module.css";
import { SourcesTable, sourceRowId } from "./SourcesTable";
import { useListKeys } from "./useListKeys";
import { useSourceTexts } from "./useSourceTexts";

const none: readonly string[] = [];

/** The sources of a project: how each sender's lines are read, tried on a sample while it is written. */
export function SourcesPage() {
  const t = useT();
  const s = useSourceTexts();
  const navigate = useNavigate();
  const project = useProject();
  const { sel = "" } = useSearch({ strict: false });
  const [singleKeys] = useFlag("keys", true);
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const may = me?.user.role === "admin" || me?.user.role === "editor";
  const { data, error, refetch } = useQuery({ ...sourcesQuery(project), enabled: may && project !== "" });
  const select = useCallback((name: string) => void navigate({ to: "/settings/sources", search: (old) => ({ ...old, sel: name }), replace: name !== "new" && name !== "" }), [navigate]);
  const names = useMemo(() => data?.sources.map(({ name }) => name) ?? none, [data]);
  useListKeys(names, sel, select, sourceRowId, may && singleKeys);
  useTitle(t("settings.sources"));

  const selected = data?.sources.find(({ name }) => name === sel);
  const open = data !== undefined && (selected !== undefined || sel === "new");
  const used = data?.sources.filter(({ last }) => last !== null).length ?? 0;
  return (
    <ListShell
      title={s("list", { project })}
      icon={<IconFileCode size={17} stroke={1.7} aria-hidden="true" />}
      says={
        <>
          {!may && s("member")}
          {names.length > 0 && (
            <>
              <b>{s("summary", { n: count(names.length) })}</b> {s("summary.used", { n: count(used) })}
            </>
          )}
        </>
      }
      add={may ? { text: s("new"), onClick: () => select("new"), key: "n" } : undefined}
      grid={styles.grid}
      panel={open && <SourceEditor key={`${sel} ${selected?.version ?? 0}`} project={project} can={data.can} record={selected} taken={names} onOpen={select} onReload={() => void refetch()} />}
      hints={may ? [[["j", "k"], s("hint.move")], [["n"], s("hint.new")], [["Esc"], s("hint.close")]] : undefined}
    >
      <FetchError error={error} retry={refetch} className={settings.problem} />
      {may && data === undefined && error === null && <Loading />}
      {data !== undefined && (names.length === 0 ? <p className={styles.none}>{s("none")}</p> : <SourcesTable sources={data.sources} selected={sel} project={project} onSelect={select} />)}
    </ListShell>
  );
}
