import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { meQuery } from "../../api/session";
import { InBar } from "../../components/BarSlot";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { sourceOf, variantOf } from "../../model/snippets";
import styles from "./AddData.module.css";
import { useFreshKey } from "./freshKeys";
import { Sources } from "./Sources";
import { Steps } from "./Steps";
import { useArrival } from "./useArrival";
import { Wait } from "./Wait";

/** Shows what to paste where, with a fresh key in it, and waits with the visitor for the first event. */
export function AddDataPage() {
  const t = useT();
  const project = useProject();
  const search = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const source = sourceOf(search["source"]);
  const variant = variantOf(source, search["via"]);
  const place = `${me?.user.name ?? ""}/${project}/${source.keyType}`;
  const key = useFreshKey(place);
  const arrival = useArrival(project, key);
  const [app, setApp] = useState<string>();
  useTitle(t("add.title"));

  return (
    <div className={styles.page}>
      <InBar place="left">
        <span className="rule" />
        <b>{t("add.title")}</b>
      </InBar>
      <Sources current={source.id} />
      <Steps
        key={place}
        source={source}
        variant={variant}
        project={project}
        place={place}
        pageKey={key}
        app={app ?? project}
        onApp={setApp}
        arrived={arrival.done}
        mayMakeKeys={me?.user.role === "admin"}
      />
      <Wait key={`${place}/${key?.id ?? ""}`} project={project} place={place} pageKey={key} app={app ?? project} arrival={arrival} />
    </div>
  );
}
