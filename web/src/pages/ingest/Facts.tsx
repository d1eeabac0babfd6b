import { useT } from "../../i18n";
import { bytes, count, duration } from "../../model/format";
import { canaryTone, diskTone, type Ingest, perSecond, queueTone, sum, type Tone } from "../../model/ingest";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";

/** Seven facts, each with its limit or its proof. */
export function Facts({ data }: { data: Ingest }) {
  const t = useIngestTexts();
  const { doors, durable, minute } = data.incoming;
  const { queue, disk, canary } = data.health;
  const now = sum(doors, "minute");
  const hour = sum(doors, "hour");
  const refused = hour.slowed + hour.refused + hour.failed;
  const used = disk === null ? undefined : 1 - disk.free / disk.size;
  return (
    <dl className={styles.facts} aria-label={t("facts")}>
      <Fact name={t("fact.rate")} value={count(perSecond(now.events, minute))} proof={t("fact.rate.proof", { bytes: bytes(now.bytes / minute) })} />
      <Fact
        name={t("fact.durable")}
        value={durable.requests === 0 ? "" : duration(durable.p99)}
        proof={durable.requests === 0 ? t("fact.durable.none") : t("fact.durable.proof", { p50: duration(durable.p50) })}
      />
      <Fact name={t("fact.refused")} value={count(refused)} tone={hour.failed > 0 ? "err" : refused > 0 ? "warn" : "plain"} proof={t("fact.refused.proof", { requests: count(hour.requests), slowed: count(hour.slowed) })} />
      <Fact name={t("fact.letters")} value={count(hour.rejected)} tone={hour.rejected > 0 ? "warn" : "plain"} proof={t("fact.letters.proof", { late: count(hour.late), corrected: count(hour.corrected) })} />
      <Fact name={t("fact.queue")} value={bytes(queue.bytes)} tone={queueTone(queue.bytes, queue.maxBytes)} proof={t("fact.queue.proof", { max: bytes(queue.maxBytes), batches: count(queue.batches) })} />
      <Fact
        name={t("fact.disk")}
        value={used === undefined ? "" : `${Math.round(used * 100)} %`}
        tone={disk === null ? "plain" : diskTone(disk)}
        proof={disk === null ? "" : data.kept.roomDays === null || data.kept.roomDays > 3650 ? t("fact.disk.free", { bytes: bytes(disk.free) }) : t("fact.disk.room", { n: count(Math.floor(data.kept.roomDays)) })}
      />
      {canary === null ? (
        <Fact name={t("fact.canary")} value="" proof={t("fact.canary.off")} />
      ) : (
        <Fact
          name={t("fact.canary")}
          value={count(canary.returned)}
          tone={canaryTone(canary)}
          proof={canary.paused !== "" ? t("fact.canary.paused", { why: canary.paused }) : canary.failure !== "" ? canary.failure : t("fact.canary.proof", { rounds: count(canary.rounds), trip: duration(canary.roundTrip) })}
        />
      )}
    </dl>
  );
}

function Fact({ name, value, proof, tone = "plain" }: { name: string; value: string; proof: string; tone?: Tone }) {
  const common = useT();
  return (
    <div data-tone={tone}>
      <dt>{name}</dt>
      <dd>
        <b>{value === "" ? <span aria-label={common("common.loading")} hidden /> : value}</b> <small title={proof}>{proof}</small>
      </dd>
    </div>
  );
}
