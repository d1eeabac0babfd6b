import { Button } from "@mantine/core";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { keysQuery } from "../../api/keys";
import { deleteProject } from "../../api/retention";
import { meQuery } from "../../api/session";
import { Field } from "../../components/Field";
import { bytes, count } from "../../model/format";
import { isWorking } from "../../model/keys";
import { type KeptProject, totalOf } from "../../model/retention";
import { useProjectDeleteTexts } from "./projectDeleteTexts";
import styles from "./Settings.module.css";

/** Deletes a project: what becomes of its events and its senders is said, and its name typed, before the button. */
export function ProjectDelete({ project }: { project: KeptProject }) {
  const t = useProjectDeleteTexts();
  const [asked, setAsked] = useState(false);
  return (
    <>
      <h3>{t("title")}</h3>
      {asked ? (
        <Confirm project={project} onKeep={() => setAsked(false)} />
      ) : (
        <Button color="red" leftSection={<IconTrash size={14} stroke={1.7} />} onClick={() => setAsked(true)}>
          {t("ask", { project: project.name })}
        </Button>
      )}
    </>
  );
}

function Confirm({ project, onKeep }: { project: KeptProject; onKeep: () => void }) {
  const t = useProjectDeleteTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [opened] = useState(() => new Date());
  const { data: keys } = useQuery(keysQuery(project.name));
  const working = keys?.filter((key) => isWorking(key, opened)).length ?? 0;
  const kept = totalOf(project.days);
  const remove = useMutation({
    mutationFn: () => deleteProject(project.name, typed.trim()),
    onSuccess: async () => {
      // The page may be of this very project, which nobody sees any more.
      await navigate({ to: "/settings/retention", search: {} });
      client.removeQueries({ queryKey: keysQuery(project.name).queryKey });
      await Promise.all([client.invalidateQueries({ queryKey: meQuery.queryKey }), client.invalidateQueries({ queryKey: ["retention"] })]);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === project.name && !remove.isPending) remove.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={t("title")}>
      <div className={styles.consequence} role="alert">
        <p>{t("text.events", { n: count(kept.events), bytes: bytes(kept.bytes) })}</p>
        {working > 0 && <p>{t("text.keys", { n: working })}</p>}
        <p>{t("text.rest")}</p>
      </div>
      <Field label={t("confirm", { project: project.name })} value={typed} onChange={(e) => setTyped(e.target.value)} autoComplete="off" spellCheck={false} name="confirm" autoFocus />
      <div className={styles.buttons}>
        <Button onClick={onKeep}>{t("keep")}</Button>
        <Button type="submit" color="red" variant="filled" leftSection={<IconTrash size={14} stroke={1.7} />} disabled={typed.trim() !== project.name} loading={remove.isPending}>
          {t("sure")}
        </Button>
      </div>
      {remove.error !== null && (
        <p className={styles.problem} role="alert">
          {remove.error.message}
        </p>
      )}
    </form>
  );
}
