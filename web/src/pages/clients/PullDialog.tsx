import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { askPull, cancelPull, type Client, pull as readPull } from "../../api/clients";
import { Field } from "../../components/Field";
import { Overlay } from "../../components/Overlay";
import { isOpen, nameOf, pulledSearch } from "../../model/clients";
import { count } from "../../model/format";
import { safeText } from "../../model/untrusted";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";
import { PullProgress } from "./PullProgress";

const spans = ["-15m", "-1h", "-6h", "-24h", "-7d"] as const;
const levels = ["debug", "info", "notice", "warn", "error", "fatal"] as const;

interface Props {
  readonly client: Pick<Client, "device" | "staff" | "account">;
  readonly project: string;
  readonly onClose: () => void;
}

/** Asks a device for its logs, and shows how it goes until they are there. */
export function PullDialog({ client, project, onClose }: Props) {
  const t = useClientsTexts();
  const queries = useQueryClient();
  const [from, setFrom] = useState<string>("-1h");
  const [to, setTo] = useState("now");
  const [level, setLevel] = useState<string>("debug");
  const ask = useMutation({
    mutationFn: () => askPull(project, { device: client.device, from: from.trim(), to: to.trim(), level }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["pulls", project] }),
  });
  const id = ask.data?.id ?? "";
  const watch = useQuery({
    queryKey: ["pull", project, id],
    queryFn: ({ signal }) => readPull(project, id, signal),
    enabled: id !== "",
    refetchInterval: ({ state }) => (state.data !== undefined && !isOpen(state.data) ? false : 1000),
  });
  const now = watch.data ?? ask.data;
  const cancel = useMutation({ mutationFn: () => cancelPull(project, id), onSuccess: (data) => queries.setQueryData(["pull", project, id], data) });
  const close = () => {
    void queries.invalidateQueries({ queryKey: ["pulls", project] });
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ask.isPending) ask.mutate();
  };
  const title = t("pull.title", { name: safeText(nameOf({ ...client } as Client), 60) });
  const problem = ask.error ?? watch.error ?? cancel.error;
  return (
    <Overlay label={title} onClose={close} place={{ left: "50%", top: 90, transform: "translateX(-50%)", width: 520, maxWidth: "calc(100vw - 32px)", maxHeight: "calc(100dvh - 120px)" }}>
      <form className={styles.form} onSubmit={submit}>
        <h2>{title}</h2>
        {now === undefined ? (
          <>
            <p>{t("pull.text")}</p>
            <fieldset className={styles.presets}>
              <legend className="sr-only">{t("pull.presets")}</legend>
              {spans.map((span) => (
                <button key={span} type="button" aria-pressed={from === span && to === "now"} onClick={() => (setFrom(span), setTo("now"))}>
                  {t("pull.last", { span: span.slice(1) })}
                </button>
              ))}
            </fieldset>
            <div className={styles.two}>
              <Field label={t("pull.from")} hint={t("pull.times")} value={from} onChange={(event) => setFrom(event.target.value)} autoComplete="off" spellCheck={false} name="from" />
              <Field label={t("pull.to")} value={to} onChange={(event) => setTo(event.target.value)} autoComplete="off" spellCheck={false} name="to" />
            </div>
            <label className={styles.level}>
              {t("pull.level")}
              <select value={level} onChange={(event) => setLevel(event.target.value)} name="level">
                {levels.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          </>
        ) : (
          <PullProgress pull={now} />
        )}
        {problem !== null && (
          <p className={styles.problem} role="alert">
            {problem.message}
          </p>
        )}
        <div className={styles.buttons}>
          {now === undefined && (
            <button type="submit" className={styles.main} disabled={ask.isPending} data-autofocus>
              {t("pull.go")} <kbd aria-hidden="true">⏎</kbd>
            </button>
          )}
          {now !== undefined && now.events > 0 && !isOpen(now) && (
            <Link to="/search" search={pulledSearch(project, now)} className={styles.main}>
              {t("pull.open", { n: count(now.events) })}
            </Link>
          )}
          {now !== undefined && isOpen(now) && (
            <button type="button" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
              {t("pull.cancel")}
            </button>
          )}
          {now !== undefined && !isOpen(now) && (
            <button type="button" onClick={() => ask.reset()}>
              {t("pull.again")}
            </button>
          )}
          <button type="button" onClick={close}>
            {t("pull.close")}
          </button>
        </div>
      </form>
    </Overlay>
  );
}
