import { Button } from "@mantine/core";
import IconShare from "@tabler/icons-react/dist/esm/icons/IconShare.mjs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { revokeShare, type Share, sharesQuery } from "../../api/shares";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useNow } from "../../hooks/useNow";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { agoOrDate } from "../../model/waiting";
import { useSharedTexts } from "../shared/texts";
import styles from "./Settings.module.css";
import { SettingsTabs } from "./SettingsTabs";

/** The shared links of a project: what they show, until when, how often they were opened, and the way to take them back. */
export function SharesPage() {
  const t = useT();
  const s = useSharedTexts();
  const project = useProject();
  const { data, error, refetch } = useQuery({ ...sharesQuery(project), enabled: project !== "" });
  useTitle(t("settings.shares"));
  return (
    <div className={styles.page}>
      <SettingsTabs />
      <div className={styles.say}>
        <IconShare size={17} stroke={1.7} aria-hidden="true" />
        <h1 className={styles.heading}>{s("list", { project })}</h1>
      </div>
      <div className={styles.list}>
        <FetchError error={error} retry={refetch} className={styles.problem} />
        {data === undefined && error === null && <Loading />}
        {data?.length === 0 && <p className={styles.note}>{s("listNone")}</p>}
        {data !== undefined && data.length > 0 && (
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{s("what")}</th>
                <th scope="col">{s("state")}</th>
                <th scope="col">{s("by")}</th>
                <th scope="col">{s("ends")}</th>
                <th scope="col">{s("opened")}</th>
                <th scope="col">{s("revoke")}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((share) => (
                <Row key={share.id} share={share} project={project} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </div>
  );
}

function Row({ share, project }: { share: Share; project: string }) {
  const t = useT();
  const s = useSharedTexts();
  const client = useQueryClient();
  const now = new Date(useNow(30_000));
  const [asked, setAsked] = useState(false);
  const revoke = useMutation({ mutationFn: () => revokeShare(share.id), onSettled: () => client.invalidateQueries({ queryKey: ["shares", project] }) });
  const name = share.name || s("unnamed");
  return (
    <tr data-gone={!share.works || undefined}>
      <td>
        {name} {share.params["q"] !== undefined && <code>{share.params["q"]}</code>}
      </td>
      <td>{s(share.works ? "works" : share.revoked === null ? "over" : "back")}</td>
      <td>{share.owner}</td>
      <td>{new Date(share.expires).toLocaleString(t.tag, { dateStyle: "medium", timeStyle: "short" })}</td>
      <td>{share.lastUsed === null ? s("never") : s("times", { n: share.uses, time: agoOrDate(share.lastUsed, now, t.tag) })}</td>
      <td>
        {share.works && share.mayRevoke && !asked && (
          <Button size="compact-sm" aria-label={s("revokeOf", { name })} onClick={() => setAsked(true)}>
            {s("revoke")}
          </Button>
        )}
        {share.works && asked && (
          <span role="alert">
            {s("sure", { name })}{" "}
            <Button size="compact-sm" autoFocus onClick={() => setAsked(false)}>
              {s("keep")}
            </Button>{" "}
            <Button size="compact-sm" color="red" variant="filled" loading={revoke.isPending} onClick={() => revoke.mutate()}>
              {s("revoke")}
            </Button>
          </span>
        )}
        {revoke.error !== null && <span role="alert">{revoke.error.message}</span>}
      </td>
    </tr>
  );
}
