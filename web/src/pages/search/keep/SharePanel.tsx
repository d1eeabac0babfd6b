import { Button } from "@mantine/core";
import IconLink from "@tabler/icons-react/dist/esm/icons/IconLink.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { createShare } from "../../../api/shares";
import { CopyButton } from "../../../components/CopyButton";
import { Field } from "../../../components/Field";
import { formatSearch } from "../../../model/search";
import { fixed } from "../../../model/timeRange";
import type { Page } from "../usePage";
import styles from "./Keep.module.css";
import { useKeepTexts } from "./texts";

const terms = [1, 24, 168, 720] as const;

/** Two ways to hand the page on: its address, and a link with an end for people without an account. */
export function SharePanel({ page }: { page: Page }) {
  const k = useKeepTexts();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [hours, setHours] = useState<(typeof terms)[number]>(24);
  const make = useMutation({
    mutationFn: () => {
      const { search, span, zone } = page;
      const params = Object.fromEntries(formatSearch({ ...search, range: fixed(span.current), tz: zone, project: "", live: false, sel: "", stat: "", tabs: "" }));
      return createShare({ project: page.project, name, params, hours });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["shares", page.project] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const link = make.data === undefined ? "" : `${window.location.origin}${make.data.path}`;
  return (
    <>
      <h3>{k("share.team")}</h3>
      <Button
        leftSection={<IconLink size={14} stroke={1.7} />}
        onClick={() => {
          page.act.copyLink();
          page.setSheet(undefined);
        }}
      >
        {k("share.copy")}
      </Button>
      <h3>{k("share.outside")}</h3>
      <p>{k("share.outsideText")}</p>
      <form className={styles.form} onSubmit={submit}>
        <div>
          <Field label={k("share.name")} value={name} maxLength={100} onChange={(e) => setName(e.target.value)} />
        </div>
        <label className={styles.label}>
          {k("share.hours")}
          <select className={styles.select} value={hours} onChange={(e) => setHours(terms.find((term) => String(term) === e.target.value) ?? 24)}>
            {terms.map((term) => (
              <option key={term} value={term}>
                {k(`share.h${term}`)}
              </option>
            ))}
          </select>
        </label>
        <Button type="submit" variant="filled" loading={make.isPending}>
          {k("share.make")}
        </Button>
      </form>
      <div aria-live="polite">
        {link !== "" && (
          <>
            <p>{k("share.once")}</p>
            <div className={styles.secret}>
              <code>{link}</code>
              <CopyButton text={link} what={k("share.linkText")} />
            </div>
          </>
        )}
      </div>
      {make.error !== null && (
        <p className={styles.bad} role="alert">
          {make.error.message}
        </p>
      )}
      <p>
        <Link to="/settings/shares" search={{ project: page.project }}>
          {k("share.all")}
        </Link>
      </p>
    </>
  );
}
