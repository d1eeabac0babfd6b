import { Button } from "@mantine/core";
import IconFilter from "@tabler/icons-react/dist/esm/icons/IconFilter.mjs";
import IconHistory from "@tabler/icons-react/dist/esm/icons/IconHistory.mjs";
import IconPlayerPlay from "@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs";
import IconPlayerStop from "@tabler/icons-react/dist/esm/icons/IconPlayerStop.mjs";
import IconSearch from "@tabler/icons-react/dist/esm/icons/IconSearch.mjs";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import { type ReactNode, type RefObject, Suspense, useMemo } from "react";
import type { Asked } from "../../api/search";
import { DropMenu } from "../../components/DropMenu";
import iconStyles from "../../components/IconButton.module.css";
import { QueryBox, type QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { useT } from "../../i18n";
import { queryHistory } from "../../model/queryHistory";
import { Completion } from "./parts";
import styles from "./QueryRow.module.css";
import { useCompletion } from "./useCompletion";
import type { Draft, Problem } from "./useDraft";
import type { Facets } from "./useFacets";

interface Props {
  readonly draft: Draft;
  readonly box: RefObject<QueryBoxHandle | null>;
  readonly running: boolean;
  readonly live: boolean;
  readonly small: boolean;
  readonly filters: number | undefined;
  /** The range whose fields and values are offered while one types. */
  readonly asked: () => Asked;
  readonly facets: Facets;
  readonly time: ReactNode;
  readonly onRun: (q?: string) => void;
  readonly onCancel: () => void;
  readonly onLive: () => void;
  readonly onLeave: () => void;
  readonly onFilters: () => void;
}

const phoneKeys = [":", "*", "(", ")", " and ", " or ", '"'] as const;

/** The query, the time, and the two ways to run it. */
export function QueryRow(props: Props) {
  const { draft, box, running, live, small } = props;
  const t = useT();
  const doubts = draft.unknown.length > 0;
  const help = useCompletion();
  // What is wrong at the end alone is not wrong yet, while the list of what may follow is open.
  const unfinished = help.option !== undefined && (draft.problem?.column ?? 0) > [...draft.text].length;
  const problem = unfinished ? undefined : draft.problem;
  const wrong = problem !== undefined;
  const { asked: rangeNow } = props;
  const asked = useMemo(() => (help.caret === undefined ? undefined : rangeNow()), [help.caret, rangeNow]);
  return (
    <>
      <div className={styles.row} role="search">
        <div className={styles.box} data-wrong={wrong}>
          <IconSearch size={15} stroke={1.7} aria-hidden="true" />
          <QueryBox
            ref={box}
            value={draft.text}
            onChange={draft.set}
            onRun={() => props.onRun()}
            onLeave={props.onLeave}
            earlier={queryHistory}
            label={t("query.label")}
            hint={t("query.placeholder")}
            flaws={draft.flaws}
            onCaret={help.onCaret}
            assist={help.assist}
            list={help.option === undefined ? undefined : "query-options"}
            option={help.option}
            describedBy={wrong ? "query-problem" : doubts ? "query-doubt" : undefined}
          />
          <History onChoose={props.onRun} />
          {asked !== undefined && (
            <Suspense fallback={null}>
              <Completion state={help} box={box} asked={asked} facets={props.facets} />
            </Suspense>
          )}
        </div>
        {small && (
          <div className={styles.keys}>
            {phoneKeys.map((sign) => (
              <button key={sign} type="button" onPointerDown={(e) => e.preventDefault()} onClick={() => box.current?.insert(sign)}>
                {sign.trim()}
              </button>
            ))}
          </div>
        )}
        {props.time}
        {running && !live ? (
          <Button h={small ? 36 : 32} leftSection={<IconX size={14} stroke={1.7} />} rightSection={small ? undefined : <kbd>Esc</kbd>} onClick={props.onCancel}>
            {t("query.cancel")}
          </Button>
        ) : (
          !small && (
            <Button h={32} variant="filled" rightSection={<kbd>⏎</kbd>} onClick={() => props.onRun()}>
              {t("query.run")}
            </Button>
          )
        )}
        <Button h={small ? 36 : 32} variant={live ? "light" : "default"} aria-pressed={live} aria-label={t("live.start")} leftSection={small ? undefined : live ? <IconPlayerStop size={14} stroke={1.7} /> : <IconPlayerPlay size={14} stroke={1.7} />} onClick={props.onLive}>
          {!small ? t("live.start") : live ? <IconPlayerStop size={16} stroke={1.7} /> : <IconPlayerPlay size={16} stroke={1.7} />}
        </Button>
        {props.filters !== undefined && (
          <Button h={small ? 36 : 32} {...(small ? { "aria-label": `${t("facets.open")} ${props.filters > 0 ? props.filters : ""}`.trim() } : {})} leftSection={<IconFilter size={14} stroke={1.7} />} onClick={props.onFilters}>
            {!small && `${t("facets.open")} `}
            {props.filters > 0 && <b style={{ color: "var(--accent)", marginLeft: 5 }}>{props.filters}</b>}
          </Button>
        )}
      </div>
      {problem !== undefined && (
        <div id="query-problem" className={styles.problem} role="alert">
          {problem.column !== undefined && <b>{t("query.column", { column: problem.column })} </b>}
          <Sentence problem={problem} />
        </div>
      )}
      {!wrong && doubts && <Doubts draft={draft} onRun={props.onRun} />}
    </>
  );
}

/** What is wrong, once: the server's sentence may say the column and what it wants itself. */
function Sentence({ problem }: { problem: Problem }) {
  const t = useT();
  const want = problem.want ?? "";
  const message = problem.message.replace(/^column \d+: /i, "");
  if (want === "") return message;
  if (message === `want ${want}`) return t("query.want", { want });
  return message.includes(want) ? message : `${message} ${t("query.want", { want })}`;
}

/** Fields that nobody knows, and the ones that were perhaps meant; a click puts those in. */
function Doubts({ draft, onRun }: { draft: Draft; onRun: (q: string) => void }) {
  const t = useT();
  return (
    <div id="query-doubt" className={styles.doubt} role="status">
      {draft.unknown.map(({ name, suggestion }) =>
        suggestion === undefined || suggestion === "" ? (
          <div key={name}>{t("query.unknownPlain", { name })}</div>
        ) : (
          <div key={name}>
            {t("query.unknown", { name, suggestion })}{" "}
            <button type="button" onClick={() => onRun(draft.flaws.toReversed().reduce((text, { from, to }) => (text.slice(from, to) === name ? text.slice(0, from) + suggestion + text.slice(to) : text), draft.text))}>
              {suggestion}
            </button>
          </div>
        ),
      )}
    </div>
  );
}

/** The queries that this browser ran before. */
function History({ onChoose }: { onChoose: (q: string) => void }) {
  const t = useT();
  const sections = () => {
    const list = queryHistory();
    return [{ key: "history", title: list.length === 0 ? t("query.historyEmpty") : t("query.history"), items: list.map((q) => ({ key: q, text: q, onSelect: () => onChoose(q) })) }];
  };
  return (
    <span className={styles.history}>
      <DropMenu label={t("query.history")} title={`${t("query.history")}  ↑`} className={iconStyles.button} align="right" mono sections={sections}>
        <IconHistory size={15} stroke={1.7} />
      </DropMenu>
    </span>
  );
}
