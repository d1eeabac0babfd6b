import { useQuery } from "@tanstack/react-query";
import { explain } from "../../api/search";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { Overlay } from "../../components/Overlay";
import { bytes, count, duration } from "../../model/format";
import styles from "./Explain.module.css";
import { useFieldTexts } from "./fieldTexts";
import type { Question } from "./SearchRun";

interface Props {
  readonly question: Question | undefined;
  readonly onClose: () => void;
}

/** What this search costs: its steps with their time, and what became of each file of events. */
export function ExplainPanel({ question, onClose }: Props) {
  const t = useFieldTexts();
  const { data, error, refetch } = useQuery({
    queryKey: ["explain", question?.q, question?.from, question?.to, question?.project],
    queryFn: ({ signal }) => {
      if (question === undefined) throw new Error("no question");
      return explain({ q: question.q, from: question.from, to: question.to, project: question.project }, signal);
    },
    enabled: question !== undefined,
    retry: false,
    gcTime: 0, // asked anew each time: that is what is measured
  });
  const longest = Math.max(0.1, ...(data?.steps ?? []).map(({ ms }) => ms));
  return (
    <Overlay label={t("explain")} onClose={onClose} place={{ left: "max(8px, calc(50vw - 380px))", top: 80, width: 760, maxWidth: "calc(100vw - 16px)", maxHeight: "calc(100dvh - 110px)" }}>
      <div className={styles.box}>
        <div className={styles.title}>
          <b>{t("explain")}</b>
          <button type="button" className={styles.close} onClick={onClose}>
            {t("close")}
          </button>
        </div>
        <FetchError error={error} retry={refetch} className={styles.note} />
        {data === undefined && error === null && <Loading />}
        {data !== undefined && (
          <>
            <p className={styles.sentence}>
              {t("explain.sentence", { found: count(data.found), ms: duration(data.ms), read: count(data.scanned.segments), total: count(data.scanned.segmentsTotal), rows: count(data.scanned.rows), bytes: bytes(data.bytes) })}
            </p>
            {data.text !== "" && <code className={styles.query}>{data.text}</code>}
            {data.partial && <p className={styles.note}>{data.reason}</p>}
            <table className={styles.table}>
              <thead>
                <tr>
                  <th>{t("explain.step")}</th>
                  <th className={styles.number}>{t("explain.time")}</th>
                  <th className={styles.number}>{t("explain.rows")}</th>
                  <th>{t("explain.what")}</th>
                </tr>
              </thead>
              <tbody>
                {data.steps.map(({ step, detail, rows, ms }, i) => (
                  // The steps of an answer never change their order.
                  // oxlint-disable-next-line react/no-array-index-key
                  <tr key={`${step} ${i}`}>
                    <td>{t(`step.${step}` as "step.plan")}</td>
                    <td className={styles.number}>
                      <i className={styles.bar} style={{ width: `${Math.round((ms / longest) * 46)}px` }} />
                      {duration(ms)}
                    </td>
                    <td className={styles.number}>{rows > 0 ? count(rows) : ""}</td>
                    <td className={styles.detail}>{detail}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            <table className={styles.table}>
              <thead>
                <tr>
                  <th>{t("explain.segment")}</th>
                  <th className={styles.number}>{t("explain.events")}</th>
                  <th className={styles.number}>{t("explain.size")}</th>
                  <th className={styles.number}>{t("explain.candidates")}</th>
                  <th>{t("explain.verdict")}</th>
                </tr>
              </thead>
              <tbody>
                {data.segments.map((segment) => (
                  <tr key={segment.segment} data-verdict={segment.verdict}>
                    <td>
                      {segment.segment} {segment.state}
                    </td>
                    <td className={styles.number}>{count(segment.events)}</td>
                    <td className={styles.number}>{bytes(segment.bytes)}</td>
                    <td className={styles.number}>{segment.verdict === "read" ? (segment.candidates === undefined ? t("explain.all") : count(segment.candidates)) : ""}</td>
                    <td className={styles.detail}>
                      <b>{t(`verdict.${segment.verdict}` as "verdict.read")}</b> {segment.reason}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {data.unlisted > 0 && <p className={styles.note}>{t("explain.unlisted", { n: count(data.unlisted) })}</p>}
          </>
        )}
      </div>
    </Overlay>
  );
}
