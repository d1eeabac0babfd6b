import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeKey } from "../../api/keys";
import { Field } from "../../components/Field";
import type { KeyRecord } from "../../model/keys";
import { useProjectDeleteTexts } from "./projectDeleteTexts";
import styles from "./Settings.module.css";

/** The name of a key, which can be another one at any time: nothing is found by it. */
export function KeyName({ record }: { record: KeyRecord }) {
  const t = useProjectDeleteTexts();
  const client = useQueryClient();
  const [name, setName] = useState(record.name);
  const save = useMutation({ mutationFn: () => changeKey(record.id, { name: name.trim() }), onSuccess: () => client.invalidateQueries({ queryKey: ["keys", record.project] }) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== record.name && !save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit} onChange={() => save.reset()}>
      <Field label={t("name")} error={save.error?.message} value={name} onChange={(e) => setName(e.target.value)} maxLength={100} autoComplete="off" name="keyname" />
      <div className={styles.buttons}>
        <Button type="submit" disabled={name.trim() === record.name} loading={save.isPending}>
          {t("name.save")}
        </Button>
      </div>
      <p role="status">{save.isSuccess && t("name.saved")}</p>
    </form>
  );
}
