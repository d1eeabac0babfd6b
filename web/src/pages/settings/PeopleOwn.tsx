import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { changePassword, endSession, sessionsQuery } from "../../api/people";
import { PasswordField } from "../../components/PasswordField";
import { useNow } from "../../hooks/useNow";
import { checkPassword, shortestPassword } from "../../model/password";
import { browserOf } from "../../model/people";
import { agoOrDate } from "../../model/waiting";
import styles from "./People.module.css";
import { type PeopleTexts, usePeopleTexts } from "./peopleTexts";
import settings from "./Settings.module.css";

/** One's own password and sessions. */
export function PeopleOwn({ name }: { name: string }) {
  const p = usePeopleTexts();
  const client = useQueryClient();
  const now = new Date(useNow(30_000));
  const { data: sessions } = useQuery(sessionsQuery);
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const renew = () => client.invalidateQueries({ queryKey: ["sessions"] });
  const change = useMutation({
    mutationFn: () => changePassword({ old, new: fresh }),
    onSuccess: async () => {
      setOld("");
      setFresh("");
      await renew();
    },
  });
  const end = useMutation({ mutationFn: endSession, onSuccess: renew });
  const checked = checkPassword(fresh, name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!change.isPending && old !== "" && checked.ok) change.mutate();
  };
  return (
    <section className={styles.own} aria-label={p("own.title")}>
      <h2>{p("own.title")}</h2>
      <div className={styles.halves}>
        <form onSubmit={submit}>
          <h3>{p("own.password")}</h3>
          <input type="hidden" name="username" autoComplete="username" value={name} readOnly />
          <PasswordField label={p("own.old")} name="old" autoComplete="current-password" value={old} onChange={(event) => setOld(event.target.value)} />
          <PasswordField
            label={p("own.new")} name="new" autoComplete="new-password" value={fresh} onChange={(event) => setFresh(event.target.value)}
            hint={p("own.rule", { least: shortestPassword, n: checked.length })}
          />
          {change.error !== null && (
            <p className={settings.problem} role="alert">
              {refusalOf(change.error, p)}
            </p>
          )}
          {change.isSuccess && <p role="status">{p("own.changed")}</p>}
          <div className={settings.buttons}>
            <Button type="submit" disabled={old === "" || !checked.ok} loading={change.isPending}>
              {p("own.change")}
            </Button>
          </div>
        </form>
        <div>
          <h3>{p("own.sessions")}</h3>
          <ul className={styles.sessions}>
            {sessions?.map((session) => (
              <li key={session.id}>
                <span>
                  {p("own.session", {
                    browser: browserOf(session.agent) || p("own.unknown"),
                    address: session.address || p("own.unknown"),
                    time: agoOrDate(session.used ?? session.created, now, p.tag),
                  })}
                </span>
                {session.this ? (
                  <b>{p("own.this")}</b>
                ) : (
                  <Button size="compact-xs" loading={end.isPending && end.variables === session.id} onClick={() => end.mutate(session.id)}>
                    {p("own.end")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          {end.error !== null && (
            <p className={settings.problem} role="alert">
              {end.error.message}
            </p>
          )}
        </div>
      </div>
    </section>
  );
}

/** Why the password was not changed, in the reader's language. */
function refusalOf(error: Error, p: PeopleTexts): string {
  if (!(error instanceof ApiError)) return error.message;
  if (error.reason === "wrong_password") return error.triesLeft === undefined ? p("own.wrong") : p("own.wrong.left", { n: error.triesLeft });
  if (error.reason === "paused") return p("own.paused", { n: error.retryAfter ?? 60 });
  return error.message;
}
