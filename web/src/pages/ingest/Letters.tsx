import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { lettersQuery } from "../../api/ingest";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useNow } from "../../hooks/useNow";
import { useFlag } from "../../hooks/usePreference";
import { count } from "../../model/format";
import type { Letter, LetterReason } from "../../model/letters";
import { agoOrDate } from "../../model/waiting";
import { Excerpt } from "./Excerpt";
import styles from "./Ingest.module.css";
import { useIngestTexts } from "./ingestTexts";
import { LetterDetail } from "./LetterDetail";

/** The dead letters: by reason, by state, by what stands in them; each opens beside the list. */
export function Letters({ project, admin }: { project: string; admin: boolean }) {
  const t = useIngestTexts();
  const navigate = useNavigate();
  const { group = "", state = "", contains = "", sel = "" } = useSearch({ strict: false });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({ ...lettersQuery(project, { group, state, contains }), enabled: project !== "" });
  const first = data?.pages[0];
  const letters = data?.pages.flatMap((page) => page.letters) ?? [];
  const set = (change: Readonly<Record<string, string>>, replace = false) => void navigate({ to: "/ingest", search: (old) => ({ ...(old as Readonly<Record<string, string>>), ...change }), replace });
  const select = (id: string) => set({ sel: id }, sel !== "" && id !== "");
  useLetterKeys(letters, sel, select);
  const letter = letters.find(({ id }) => id === sel);
  return (
    <div className={styles.letters} data-panel={letter !== undefined || undefined}>
      <Filter reasons={first?.reasons ?? []} group={group} state={state} contains={contains} onChange={(change) => set({ ...change, sel: "" })} />
      <div className={styles.list}>
        <FetchError error={error} retry={refetch} className={styles.problem} />
        {data === undefined && error === null && <Loading />}
        {first !== undefined && letters.length === 0 && (
          <p className={styles.empty}>
            {first.counted === 0 ? t("letters.none") : t("letters.nothing")}{" "}
            {first.counted > 0 && (
              <button type="button" className={styles.link} onClick={() => set({ group: "", state: "", contains: "", sel: "" })}>
                {t("letters.all")}
              </button>
            )}
          </p>
        )}
        <ul className={styles.rows} aria-label={t("letters.list", { project })}>
          {letters.map((one) => (
            <Row key={one.id} letter={one} on={one.id === sel} onSelect={select} />
          ))}
        </ul>
        {hasNextPage && (
          <button type="button" className={styles.more} disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("letters.more")}
          </button>
        )}
      </div>
      {letter !== undefined && (
        <LetterDetail
          key={letter.id}
          letter={letter}
          project={project}
          admin={admin}
          formats={first?.formats ?? []}
          open={first?.reasons.find((reason) => reason.group === letter.group)?.open ?? 0}
          onClose={() => select("")}
          onReplayed={() => void refetch()}
        />
      )}
    </div>
  );
}

/** `j` and `k` walk the list, `Escape` closes what is open. */
function useLetterKeys(letters: readonly Letter[], sel: string, select: (id: string) => void) {
  const [on] = useFlag("keys", true);
  useEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.closest("input, select, textarea, [role=dialog], [role=menu]") !== null) return;
      if (event.key === "Escape" && sel !== "") return select("");
      if (event.key !== "j" && event.key !== "k") return;
      const at = letters.findIndex(({ id }) => id === sel);
      const next = letters[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
      if (next === undefined) return;
      select(next.id);
      document.getElementById(`letter-${next.id}`)?.focus();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  });
}

function Row({ letter, on, onSelect }: { letter: Letter; on: boolean; onSelect: (id: string) => void }) {
  const t = useIngestTexts();
  const now = useNow(10_000);
  return (
    <li>
      <button type="button" id={`letter-${letter.id}`} aria-pressed={on} onClick={() => onSelect(letter.id)}>
        <span className={styles.why}>
          {letter.field !== "" && <b>{letter.field}: </b>}
          {letter.reason}
        </span>
        <span className="muted">
          {letter.replayed !== null && <em className={styles.done}>{t("letters.replayed", { format: letter.replayed.format })}</em>}{" "}
          {t("letters.meta", { door: `/v1/${letter.door}`, format: letter.format, line: letter.line })} · {agoOrDate(letter.received, new Date(now), t.tag)}
        </span>
        <Excerpt letter={letter} />
      </button>
    </li>
  );
}

interface FilterProps {
  readonly reasons: readonly LetterReason[];
  readonly group: string;
  readonly state: string;
  readonly contains: string;
  readonly onChange: (change: Readonly<Record<string, string>>) => void;
}

function Filter({ reasons, group, state, contains, onChange }: FilterProps) {
  const t = useIngestTexts();
  return (
    <aside className={styles.filter} aria-label={t("letters.reasons")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onChange({ contains: String(new FormData(event.currentTarget).get("part") ?? "") });
        }}
      >
        <label>
          {t("letters.contains")}
          <input key={contains} name="part" type="search" defaultValue={contains} maxLength={200} />
        </label>
        <label>
          {t("letters.state")}
          <select value={state} onChange={(event) => onChange({ state: event.target.value })}>
            <option value="">{t("letters.state.any")}</option>
            <option value="open">{t("letters.state.open")}</option>
            <option value="replayed">{t("letters.state.replayed")}</option>
          </select>
        </label>
      </form>
      <h2>{t("letters.reasons")}</h2>
      <ul>
        <li>
          <button type="button" aria-pressed={group === ""} onClick={() => onChange({ group: "" })}>
            {t("letters.everything")}
          </button>
        </li>
        {reasons.map((reason) => (
          <li key={reason.group}>
            <button type="button" aria-pressed={group === reason.group} onClick={() => onChange({ group: reason.group })}>
              <span>
                {reason.field !== "" && <b>{reason.field}: </b>}
                {reason.reason}
              </span>
              <small>
                {count(reason.count)}
                {reason.open < reason.count && ` · ${t("letters.open", { open: count(reason.open) })}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
