import IconEraser from "@tabler/icons-react/dist/esm/icons/IconEraser.mjs";
import { count } from "../../model/format";
import { type Erasure, progressOf } from "../../model/retention";
import { safeText } from "../../model/untrusted";
import { agoOrDate } from "../../model/waiting";
import { Panel } from "./Panel";
import own from "./Retention.module.css";
import { type RetentionTexts, useRetentionTexts } from "./retentionTexts";
import styles from "./Settings.module.css";

/** Whose data an erasure is about, as far as it is still known. */
function whose(t: RetentionTexts, e: Erasure): string {
  if (e.field === "") return e.query === undefined ? t("erase.query") : safeText(e.query);
  return `${e.field}: ${safeText(e.short)}`;
}

function stateWords(t: RetentionTexts, e: Erasure, now: Date): string {
  if (e.state === "done") return t("erase.done", { when: agoOrDate(e.done ?? "", now, t.tag) });
  return e.state === "ordered" ? t("erase.ordered") : t("erase.erasing", { rewritten: e.rewritten, files: e.files });
}

function Progress({ erasure }: { erasure: Erasure }) {
  const t = useRetentionTexts();
  return <progress className={own.progress} aria-label={t("receipt.progress")} max={1} value={progressOf(erasure)} />;
}

interface Props {
  readonly erasures: readonly Erasure[];
  readonly project: string;
  readonly selected: string;
  readonly now: Date;
  readonly onSelect: (sel: string) => void;
}

/** The orders of a project with their progress, and the receipts. */
export function RetentionErasures({ erasures, project, selected, now, onSelect }: Props) {
  const t = useRetentionTexts();
  return (
    <section className={own.erasures}>
      <h2>{t("erase.list", { project })}</h2>
      {erasures.length === 0 ? (
        <p className={own.empty}>{t("erase.none")}</p>
      ) : (
        <table className={`${styles.table} ${own.table}`} aria-label={t("erase.list", { project })}>
          <thead>
            <tr>
              <th scope="col">{t("erase.col.what")}</th>
              <th scope="col" className="num">{t("erase.col.events")}</th>
              <th scope="col">{t("erase.col.state")}</th>
              <th scope="col">{t("erase.col.by")}</th>
            </tr>
          </thead>
          <tbody>
            {erasures.map((e) => (
              // The button in it does the same for the keyboard.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
              <tr key={e.id} data-on={selected === e.id || undefined} onClick={() => onSelect(e.id)}>
                <td>
                  <button type="button" id={`key-${e.id}`} className={styles.name} aria-pressed={selected === e.id}>
                    <IconEraser size={14} stroke={1.7} aria-hidden="true" />
                    <b>{whose(t, e)}</b>
                  </button>
                </td>
                <td className="num">{count(e.state === "done" ? e.removed : e.counted)}</td>
                <td>
                  {stateWords(t, e, now)} {e.state === "erasing" && <Progress erasure={e} />}
                </td>
                <td>{t("erase.by", { who: safeText(e.by), when: agoOrDate(e.ordered, now, t.tag) })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** One erasure: its progress, and in the end its receipt. */
export function RetentionReceipt({ erasure: e, now, onClose }: { erasure: Erasure; now: Date; onClose: () => void }) {
  const t = useRetentionTexts();
  const time = (at: string | null) => (at === null ? "" : new Date(at).toLocaleString(t.tag, { dateStyle: "medium", timeStyle: "medium" }));
  const events = t(e.atLeast ? "erase.found.least" : "erase.found", { n: count(e.counted) });
  return (
    <Panel title={<h2>{t(e.state === "done" ? "receipt.title" : "receipt.running", { id: e.id })}</h2>} onClose={onClose}>
      <p role="status">{e.state === "ordered" ? t("erase.ordered") : t("receipt.hidden")}</p>
      {e.state !== "done" && <Progress erasure={e} />}
      <dl className={styles.facts}>
        <dt>{t("receipt.whose")}</dt>
        <dd>{whose(t, e)}</dd>
        <dt>{t("receipt.counted")}</dt>
        <dd>{events}</dd>
        {e.oldest !== null && (
          <>
            <dt>{t("receipt.span")}</dt>
            <dd>
              {time(e.oldest)} – {time(e.newest)}
            </dd>
          </>
        )}
        {e.apps.length > 0 && (
          <>
            <dt>{t("receipt.apps")}</dt>
            <dd>{e.apps.map((app) => safeText(app)).join(", ")}</dd>
          </>
        )}
        <dt>{t("receipt.by")}</dt>
        <dd>{safeText(e.by)}</dd>
        <dt>{t("receipt.at")}</dt>
        <dd>{time(e.ordered)}</dd>
        {e.state === "erasing" && (
          <>
            <dt>{t("receipt.files")}</dt>
            <dd>{t("receipt.files.of", { rewritten: e.rewritten, files: e.files })}</dd>
          </>
        )}
        {e.state === "done" && (
          <>
            <dt>{t("receipt.removed")}</dt>
            <dd>{t("erase.found", { n: count(e.removed) })}</dd>
            <dt>{t("receipt.done")}</dt>
            <dd>
              {time(e.done)} ({agoOrDate(e.done ?? "", now, t.tag)})
            </dd>
          </>
        )}
        <dt>{t("receipt.digest")}</dt>
        <dd className="mono">{e.digest}</dd>
      </dl>
      <p className={own.hint}>{t("receipt.note")}</p>
    </Panel>
  );
}
