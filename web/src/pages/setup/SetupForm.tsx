import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { completeSetup, type SetupLink } from "../../api/account";
import { ApiError, OfflineError } from "../../api/client";
import { meQuery } from "../../api/session";
import { Field } from "../../components/Field";
import { PasswordField } from "../../components/PasswordField";
import { ThreadStep, ThreadSteps } from "../../components/ThreadSteps";
import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { checkPassword } from "../../model/password";
import { checkProjectName, tidyProjectName } from "../../model/projectname";
import { BrokenLink } from "./BrokenLink";
import { Frame } from "./Frame";
import { PasswordRule } from "./PasswordRule";
import { ServerNow } from "./ServerNow";
import styles from "./Setup.module.css";

/** Name, password and first project; then on to Add data of that project. */
export function SetupForm({ token, link }: { token: string; link: SetupLink }) {
  const t = useT();
  const router = useRouter();
  const client = useQueryClient();
  const now = useNow(1000);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [project, setProject] = useState("");
  const [tried, setTried] = useState(false);

  const finish = useMutation({
    mutationFn: completeSetup,
    onSuccess: async () => {
      client.clear();
      await client.fetchQuery(meQuery);
      await router.navigate({ to: "/add-data", search: { project }, replace: true });
    },
  });
  const refusal = finish.error instanceof ApiError ? finish.error : undefined;
  if (refusal?.status === 410) return <BrokenLink error={refusal} retry={() => finish.reset()} />;

  const checked = checkPassword(password, name);
  const nameMissing = name.trim() === "";
  const projectFault = checkProjectName(project);
  const said = (field: string) => (refusal?.field === field ? refusal.message : undefined);
  const nameError = said("name") ?? (tried && nameMissing ? t("setup.name.missing") : undefined);
  const passwordError = said("password") ?? (tried && !checked.ok && !checked.guessable ? t("setup.password.short", { n: checked.length }) : undefined);
  const projectError =
    said("project") ?? (projectFault !== undefined && (tried || (project !== "" && projectFault !== "empty")) ? t(`setup.project.${projectFault}`) : undefined);
  const step1 = !nameMissing && checked.ok;
  const step2 = projectFault === undefined;
  const busy = finish.isPending || finish.isSuccess;

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    if (step1 && step2) {
      finish.mutate({ token, name: name.trim(), password, project });
      return;
    }
    const first = nameMissing ? "username" : checked.ok ? "project" : "password";
    event.currentTarget.querySelector<HTMLInputElement>(`input[name="${first}"]`)?.focus();
  };

  const expires = new Date(link.expires);
  const minutes = Math.max(0, Math.ceil((expires.getTime() - now) / 60_000));
  const until = expires.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  return (
    <Frame title={t("setup.heading")} lead={t("setup.lead")} aside={<ServerNow link={link} until={until} />}>
      <form onSubmit={submit} noValidate className={styles.form} method="post">
        <ThreadSteps>
          <ThreadStep n={1} state="done" title={t("setup.link.title")}>
            <p className="text2">{minutes > 0 ? t("setup.link.text", { time: until, n: minutes }) : t("setup.link.over", { time: until })}</p>
          </ThreadStep>
          <ThreadStep n={2} state={step1 ? "done" : "now"} title={t("setup.you.title")}>
            <Field
              label={t("login.account")} name="username" autoComplete="username" autoCapitalize="none" autoCorrect="off" spellCheck={false}
              maxLength={64} required autoFocus value={name} onChange={(event) => setName(event.target.value)}
              {...(nameError === undefined ? {} : { error: nameError })}
            />
            <PasswordField
              label={t("login.password")} name="password" autoComplete="new-password" required value={password}
              onChange={(event) => setPassword(event.target.value)}
              hint={<PasswordRule checked={checked} />}
              {...(passwordError === undefined ? {} : { error: passwordError })}
            />
          </ThreadStep>
          <ThreadStep n={3} state={step1 ? (step2 ? "done" : "now") : "later"} title={t("setup.project.title")}>
            <Field
              label={t("setup.project.name")} name="project" autoComplete="off" autoCapitalize="none" autoCorrect="off" spellCheck={false}
              placeholder="phone-prod" required value={project} onChange={(event) => setProject(tidyProjectName(event.target.value))}
              hint={t("setup.project.hint")}
              {...(projectError === undefined ? {} : { error: projectError })}
            />
          </ThreadStep>
          <ThreadStep n={4} state="later" title={t("setup.first.title")}>
            <p className="text2">{t("setup.first.text")}</p>
            {finish.error !== null && refusal?.field === undefined && (
              <p className={styles.warning} role="alert">
                {finish.error instanceof OfflineError ? t("login.offline") : finish.error.message}
              </p>
            )}
            <Button type="submit" variant="filled" h={38} className={styles.go ?? ""} loading={busy}>
              {t("setup.go")} <kbd aria-hidden="true">⏎</kbd>
            </Button>
          </ThreadStep>
        </ThreadSteps>
      </form>
    </Frame>
  );
}
