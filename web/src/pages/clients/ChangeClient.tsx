import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { type Client, orderClient } from "../../api/clients";
import styles from "./Clients.module.css";
import { useClientsTexts } from "./clientsTexts";

const levels = ["debug", "info", "notice", "warn", "error", "fatal"] as const;
const modes = ["live", "onError", "pull", "off"] as const;

/** Has one page send more or less, until it is left. */
export function ChangeClient({ client, project }: { client: Client; project: string }) {
  const t = useClientsTexts();
  const [level, setLevel] = useState("");
  const [mode, setMode] = useState("");
  const change = useMutation({
    mutationFn: async () => {
      if (mode !== "") await orderClient(project, client.tab, { mode });
      if (level !== "") await orderClient(project, client.tab, { level });
    },
    onSuccess: () => {
      setLevel("");
      setMode("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const select = (label: string, value: string, set: (value: string) => void, choices: readonly string[]) => (
    <label>
      {label}
      <select value={value} onChange={(event) => set(event.target.value)}>
        <option value="">{t("change.choose")}</option>
        {choices.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <h3>{t("change")}</h3>
      <form className={styles.change} onSubmit={submit}>
        {select(t("change.mode"), mode, setMode, modes)}
        {select(t("change.level"), level, setLevel, levels)}
        <button type="submit" disabled={change.isPending || (level === "" && mode === "")}>
          {t("change.go")}
        </button>
        {change.isSuccess && <p role="status">{t("change.done")}</p>}
        {change.error !== null && (
          <p className="err" role="alert">
            {change.error.message}
          </p>
        )}
      </form>
    </>
  );
}
