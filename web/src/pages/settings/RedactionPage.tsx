import IconEraser from "@tabler/icons-react/dist/esm/icons/IconEraser.mjs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "../../api/client";
import { changeRedaction, redactionQuery } from "../../api/redaction";
import { meQuery } from "../../api/session";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useNow } from "../../hooks/useNow";
import { useFlag } from "../../hooks/usePreference";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { count } from "../../model/format";
import { moved, type Redaction, type Rule, summarise } from "../../model/redaction";
import { agoOrDate } from "../../model/waiting";
import { ListShell } from "./ListShell";
import styles from "./Redaction.module.css";
import { RedactionEditor } from "./RedactionEditor";
import { RedactionHours } from "./RedactionHours";
import { RedactionTable } from "./RedactionTable";
import settings from "./Settings.module.css";
import { useRedactionKeys } from "./useRedactionKeys";
import { useSay } from "./useRedactionText";

/** The redaction rules of a project: in order, with what they did, tried on stored events before they are switched on. */
export function RedactionPage() {
  const t = useT();
  const s = useSay();
  const navigate = useNavigate();
  const client = useQueryClient();
  const project = useProject();
  const { sel = "" } = useSearch({ strict: false });
  const [singleKeys] = useFlag("keys", true);
  const [footer, setFooter] = useState("");
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin";
  const { data, error, refetch } = useQuery({ ...redactionQuery(project), enabled: admin && project !== "" });
  const select = (id: string) => void navigate({ to: "/settings/redaction", search: (old) => ({ ...old, sel: id }), replace: id !== "new" && id !== "" });
  const change = useMutation({
    mutationFn: (rules: readonly Rule[]) => changeRedaction(project, data?.version ?? 0, rules),
    onSuccess: (now: Redaction) => client.setQueryData(redactionQuery(project).queryKey, now),
  });
  const rules = data?.rules ?? [];
  const move = (id: string, by: -1 | 1) => {
    const next = moved(rules, id, by);
    if (next !== rules && !change.isPending) change.mutate(next);
  };
  useRedactionKeys(rules, sel, select, move, admin && singleKeys);
  useTitle(t("settings.redaction"));

  const selected = rules.find((rule) => rule.id === sel);
  const open = data !== undefined && (selected !== undefined || sel === "new");
  const conflict = change.error instanceof ApiError && change.error.code === "conflict";
  const again = () => {
    change.reset();
    return refetch();
  };
  return (
    <ListShell
      title={s("list", { project })}
      icon={<IconEraser size={17} stroke={1.7} aria-hidden="true" />}
      says={admin ? data && <Summary redaction={data} /> : s("member")}
      add={admin ? { text: s("new"), onClick: () => select("new"), key: "n" } : undefined}
      grid={styles.grid}
      panel={
        open && (
          <RedactionEditor
            key={`${sel} ${data.version}`}
            redaction={data}
            record={selected}
            pending={change.isPending}
            onClose={() => select("")}
            onMove={move}
            onTried={setFooter}
            onChange={(next, id) => change.mutate(next, { onSuccess: () => select(id) })}
          />
        )
      }
      hints={admin ? [[["j", "k"], s("hint.move")], [["Space"], s("hint.switch")], [["Alt", "↑", "↓"], s("hint.order")], [["J"], s("hint.doubt")]] : undefined}
      status={open && footer}
    >
      <FetchError error={error ?? change.error} retry={again} className={settings.problem} {...(conflict ? { text: s("conflict"), act: s("conflict.load") } : {})} />
      {admin && data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <>
          <RedactionTable rules={rules} selected={sel} project={project} onSelect={select} />
          <Notes redaction={data} />
          <RedactionHours redaction={data} />
        </>
      )}
    </ListShell>
  );
}

function Summary({ redaction }: { redaction: Redaction }) {
  const t = useT();
  const s = useSay();
  const now = useNow(60_000);
  const { on, hits } = summarise(redaction);
  if (on === 0) return s("summary.off");
  return (
    <>
      <b>
        {s("summary", { n: count(on) })}
        {s("summary.removed", { n: count(hits) })}
      </b>
      {s("summary.before")} <span className={styles.since}>{s("summary.since", { time: agoOrDate(redaction.since, new Date(now), t.tag) })}</span>
    </>
  );
}

function Notes({ redaction }: { redaction: Redaction }) {
  const s = useSay();
  return (
    <div className={styles.notes}>
      <p>
        <b>{s("gone")}</b> {s.rich("gone.text", { query: <code>flags:redacted</code> })}
      </p>
      <p>{s.rich("hash.text", { mark: <code>[token:8b1c03de]</code> })}</p>
      {redaction.cost > 0 && <p>{s("cost", { us: redaction.cost.toFixed(1) })}</p>}
    </div>
  );
}
