import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { linkQuery, takeLink } from "../../api/people";
import { meQuery } from "../../api/session";
import { LanguageLinks } from "../../components/LanguageLinks";
import { Loading } from "../../components/Loading";
import { Logo } from "../../components/Logo";
import { PasswordField } from "../../components/PasswordField";
import { useTitle } from "../../hooks/useTitle";
import { checkPassword, shortestPassword } from "../../model/password";
import styles from "../settings/People.module.css";
import { usePeopleTexts } from "../settings/peopleTexts";
import settings from "../settings/Settings.module.css";

/** Somebody chooses a password by a one-time link, and is logged in. */
export function LinkPage() {
  const p = usePeopleTexts();
  const router = useRouter();
  const client = useQueryClient();
  const { token = "" } = useSearch({ strict: false });
  const { data: link, error } = useQuery(linkQuery(token));
  const [password, setPassword] = useState("");
  const take = useMutation({
    mutationFn: () => takeLink({ token, password }),
    onSuccess: async () => {
      client.clear();
      await client.fetchQuery(meQuery);
      await router.navigate({ to: "/search", replace: true });
    },
  });
  useTitle(p("choose.title"));
  const gone = [error, take.error].some((failure) => failure instanceof ApiError && failure.status === 410);
  if (link === undefined && error === null) return <Loading />;
  const checked = checkPassword(password, link?.name ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!take.isPending && checked.ok) take.mutate();
  };
  const slots = { name: link?.name ?? "", host: window.location.host };
  return (
    <main className={styles.choose}>
      <Logo size={34} />
      <h1>{gone ? p("choose.bad") : p("choose.title")}</h1>
      {gone || link === undefined ? (
        <>
          <p className="text2" role="alert">
            {gone ? p("choose.bad.text") : error?.message}
          </p>
          <div className={settings.buttons}>
            <Button component="a" href="/login" variant="filled">
              {p("choose.login")}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="text2">{link.invite ? p("choose.invite", slots) : p("choose.reset", slots)}</p>
          <form onSubmit={submit} method="post">
            <input type="hidden" name="username" autoComplete="username" value={link.name} readOnly />
            <PasswordField
              label={p("choose.password")} name="password" autoComplete="new-password" required autoFocus value={password} onChange={(event) => setPassword(event.target.value)}
              hint={p("choose.rule", { least: shortestPassword, n: checked.length })}
              {...(take.error === null ? {} : { error: take.error.message })}
            />
            <div className={settings.buttons}>
              <Button type="submit" variant="filled" disabled={!checked.ok} loading={take.isPending || take.isSuccess}>
                {p("choose.go")}
              </Button>
            </div>
          </form>
        </>
      )}
      <footer>
        <LanguageLinks />
      </footer>
    </main>
  );
}
