import { useMutation, useQueryClient } from "@tanstack/react-query";
import { acknowledgeClock } from "../../api/ingest";
import { FetchError } from "../../components/FetchError";
import type { Ingest } from "../../model/ingest";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

/** What is wrong, in sentences. That the clock was set back is told until an admin has seen it. */
export function Troubles({ health }: { health: Ingest["health"] }) {
  const t = useIngestTexts();
  const queries = useQueryClient();
  const seen = useMutation({ mutationFn: acknowledgeClock, onSettled: () => queries.invalidateQueries({ queryKey: ["ingest"] }) });
  if (health.troubles.length === 0) {
    return null;
  }
  return (
    <div className={styles.troubles} role="alert">
      <ul aria-label={t("troubles")}>
        {health.troubles.map((trouble) => (
          <li key={trouble}>
            {trouble}
            {health.clock !== "" && trouble === `clock: ${health.clock}` && (
              <button type="button" className={styles.seen} disabled={seen.isPending} onClick={() => seen.mutate(health.clock)}>
                {t("clock.seen")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <FetchError error={seen.error} retry={() => seen.mutate(health.clock)} className={styles.problem} />
    </div>
  );
}
