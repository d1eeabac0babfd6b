import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useT } from "../../i18n";
import { sendTestEvent } from "../../api/keys";
import { clockTime, waitedFor } from "../../model/waiting";
import styles from "./Wait.module.css";
import { ArrivalSteps } from "./ArrivalSteps";
import { keepKey, type PageKey } from "./freshKeys";
import { ThreadDrawing } from "./ThreadDrawing";
import type { Arrival } from "./useArrival";

interface Props {
  readonly project: string;
  readonly place: string;
  readonly pageKey: PageKey | undefined;
  readonly app: string;
  readonly arrival: Arrival;
}

/** The wait for the first event: how far it has come, what stops it, and what helps. */
export function Wait({ project, place, pageKey, app, arrival }: Props) {
  const t = useT();
  const from = t(pageKey?.type === "server" ? "wait.you.server" : "wait.you.web");
  if (pageKey === undefined) {
    return (
      <aside className={styles.wait} aria-label={t("wait.title")}>
        <ThreadDrawing progress={0} from={from} waiting={false} />
        <h2>{t("wait.before")}</h2>
        <p className="text2">{t("wait.before.text")}</p>
      </aside>
    );
  }
  const eventId = arrival.seen?.stored?.eventId ?? "";
  return (
    <aside className={styles.wait} aria-label={t("wait.title")}>
      <ThreadDrawing progress={arrival.progress} from={from} waiting={!arrival.done} />
      <h2 aria-live="polite">{arrival.done ? t("wait.title.done") : t("wait.title")}</h2>
      <p className="text2">
        {t("wait.since", { key: `${pageKey.key.slice(0, 7)}…`, time: clockTime(pageKey.since) })}{" "}
        {!arrival.done && <span className="muted">{t("wait.for", { time: waitedFor(arrival.waitedMs) })}</span>}
      </p>
      <ArrivalSteps
        arrival={arrival}
        pageKey={pageKey}
        project={project}
        onOrigins={(origins) => {
          keepKey(place, { ...pageKey, origins });
          arrival.look();
        }}
        onNewKey={() => keepKey(place, undefined)}
      />
      {arrival.unanswered && <p className={styles.problem}>{t("wait.offline")}</p>}
      {arrival.done ? (
        <p className={styles.open}>
          <Button variant="filled" h={38} renderRoot={(props) => <Link {...props} to="/search" search={{ project, from: "-15m", sel: eventId }} />}>
            {t("wait.open")}
          </Button>
        </p>
      ) : (
        <TestEvent pageKey={pageKey} app={app} onSent={arrival.look} />
      )}
    </aside>
  );
}

function TestEvent({ pageKey, app, onSent }: { pageKey: PageKey; app: string; onSent: () => void }) {
  const t = useT();
  const send = useMutation({ mutationFn: () => sendTestEvent(pageKey.type, pageKey.key, app), onSettled: onSent });
  return (
    <div className={styles.test}>
      <p className="text2">
        {t(pageKey.type === "browser" ? "wait.test.text.web" : "wait.test.text.server")}{" "}
        <button type="button" className={styles.link} disabled={send.isPending} onClick={() => send.mutate()}>
          {t("wait.test")}
        </button>
      </p>
      {send.error !== null && (
        <p className={styles.problem} role="alert">
          {t("wait.test.failed", { reason: send.error.message })}
        </p>
      )}
    </div>
  );
}
