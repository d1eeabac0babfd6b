import { ActionIcon, Button } from "@mantine/core";
import IconDeviceFloppy from "@tabler/icons-react/dist/esm/icons/IconDeviceFloppy.mjs";
import IconPencil from "@tabler/icons-react/dist/esm/icons/IconPencil.mjs";
import IconTrash from "@tabler/icons-react/dist/esm/icons/IconTrash.mjs";
import IconUsers from "@tabler/icons-react/dist/esm/icons/IconUsers.mjs";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeView, createView, lookAtView, removeView, type View, type ViewChange } from "../../../api/views";
import { Field } from "../../../components/Field";
import { useSavedViews } from "../../../hooks/useSavedViews";
import { formatSearch } from "../../../model/search";
import type { Page } from "../usePage";
import styles from "./Keep.module.css";
import { useKeepTexts } from "./texts";

/** The page as a view keeps it: its address without the project, the open event and the other tabs. */
function asView(page: Page): ViewChange {
  const params = Object.fromEntries(formatSearch({ ...page.search, project: "", sel: "", stat: "", tabs: "" }));
  return { params, columns: page.search.cols.map(({ field }) => field).filter((field) => !field.startsWith("@")), density: page.roomy ? "roomy" : "compact" };
}

/** The saved views: opened, made, renamed, shared and removed. */
export function ViewsPanel({ page }: { page: Page }) {
  const k = useKeepTexts();
  const client = useQueryClient();
  const { views, error, open } = useSavedViews(page.project);
  const [note, setNote] = useState("");
  const [name, setName] = useState("");
  const change = useMutation({
    mutationFn: (act: () => Promise<unknown>) => act(),
    onSettled: () => client.invalidateQueries({ queryKey: ["views", page.project] }),
  });
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") change.mutate(() => createView(page.project, { name, ...asView(page) }).then(() => setName("")));
  };
  // The page is opened at once; what is missing of it is told when it is known.
  const show = (view: View) => {
    open(view);
    if (view.density !== "") page.setRoomy(view.density === "roomy");
    void lookAtView(view.id).then(
      ({ broken, missing = [] }) => {
        if (broken !== undefined) setNote(k("views.broken", { name: view.name, reason: broken }));
        else if (missing.length > 0) setNote(k("views.missing", { name: view.name, fields: missing.join(", ") }));
        else page.setSheet(undefined);
      },
      (err: Error) => setNote(err.message),
    );
  };
  const failure = error ?? change.error;
  return (
    <>
      <div aria-live="polite">{note !== "" && <p className={styles.note}>{note}</p>}</div>
      {failure !== null && (
        <p className={styles.bad} role="alert">
          {failure.message}
        </p>
      )}
      <form className={styles.form} onSubmit={save}>
        <div>
          <Field label={k("views.name")} value={name} maxLength={100} onChange={(e) => setName(e.target.value)} />
        </div>
        <Button type="submit" variant="filled" disabled={name.trim() === ""} leftSection={<IconDeviceFloppy size={14} stroke={1.7} />}>
          {k("views.save")}
        </Button>
      </form>
      {views?.length === 0 && <p>{k("views.none")}</p>}
      {[true, false].map((own) => {
        const some = views?.filter((view) => view.own === own) ?? [];
        return some.length === 0 ? null : (
          <section key={String(own)}>
            <h3>{k(own ? "views.own" : "views.shared")}</h3>
            <ul className={styles.list}>
              {some.map((view) => (
                <ViewItem key={view.id} view={view} page={page} onOpen={() => show(view)} onChange={change.mutate} />
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

interface ItemProps {
  readonly view: View;
  readonly page: Page;
  readonly onOpen: () => void;
  readonly onChange: (act: () => Promise<unknown>) => void;
}

function ViewItem({ view, page, onOpen, onChange }: ItemProps) {
  const k = useKeepTexts();
  const [doing, setDoing] = useState<"" | "rename" | "remove">("");
  const [name, setName] = useState(view.name);
  const slots = { name: view.name };
  if (doing === "rename") {
    const rename = (event: FormEvent) => {
      event.preventDefault();
      setDoing("");
      onChange(() => changeView(view.id, { name }));
    };
    return (
      <li>
        <form className={styles.form} onSubmit={rename}>
          <div>
            <Field label={k("views.newName", slots)} value={name} maxLength={100} autoFocus onChange={(e) => setName(e.target.value)} />
          </div>
          <Button type="submit" disabled={name.trim() === ""}>
            {k("views.done")}
          </Button>
        </form>
      </li>
    );
  }
  if (doing === "remove") {
    return (
      <li>
        <span className={styles.open}>{k("views.sure", slots)}</span>
        <Button autoFocus onClick={() => setDoing("")}>
          {k("views.keep")}
        </Button>
        <Button color="red" onClick={() => onChange(() => removeView(view.id))}>
          {k("views.yes")}
        </Button>
      </li>
    );
  }
  return (
    <li>
      <button type="button" className={styles.open} onClick={onOpen}>
        {view.name}
        {!view.own && <small>{view.owner === "" ? k("views.byNobody") : k("views.by", { owner: view.owner })}</small>}
      </button>
      {view.mayChange && (
        <>
          <Act label={k("views.update", slots)} onClick={() => onChange(() => changeView(view.id, asView(page)))}>
            <IconDeviceFloppy size={15} stroke={1.7} />
          </Act>
          <Act label={k("views.rename", slots)} onClick={() => setDoing("rename")}>
            <IconPencil size={15} stroke={1.7} />
          </Act>
          <Act label={k(view.shared ? "views.unshare" : "views.share", slots)} pressed={view.shared} onClick={() => onChange(() => changeView(view.id, { shared: !view.shared }))}>
            <IconUsers size={15} stroke={1.7} />
          </Act>
          <Act label={k("views.remove", slots)} onClick={() => setDoing("remove")}>
            <IconTrash size={15} stroke={1.7} />
          </Act>
        </>
      )}
    </li>
  );
}

function Act({ label, pressed, onClick, children }: { label: string; pressed?: boolean; onClick: () => void; children: React.ReactNode }) {
  return (
    <ActionIcon variant={pressed === true ? "light" : "subtle"} aria-label={label} title={label} onClick={onClick}>
      {children}
    </ActionIcon>
  );
}
