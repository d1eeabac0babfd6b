import { Button } from "@mantine/core";
import IconSearch from "@tabler/icons-react/dist/esm/icons/IconSearch.mjs";
import type { RefObject } from "react";
import { QueryBox, type QueryBoxHandle } from "../../components/QueryBox/QueryBox";
import { useT } from "../../i18n";
import { queryHistory } from "../../model/queryHistory";
import type { SpeedState } from "../../model/speed";
import rowStyles from "../search/QueryRow.module.css";
import { TimePicker } from "../search/TimePicker";
import type { Draft } from "../search/useDraft";
import type { UpdateSpeed } from "./useSpeed";

interface Props {
  readonly state: SpeedState;
  readonly update: UpdateSpeed;
  readonly draft: Draft;
  readonly box: RefObject<QueryBoxHandle | null>;
  readonly project: string;
  readonly zone: string;
  readonly small: boolean;
  readonly onRun: () => void;
  readonly onLeave: () => void;
}

/** Which calls, and when: the query box and the time of every page. */
export function SpeedQuery({ state, update, draft, box, project, zone, small, onRun, onLeave }: Props) {
  const t = useT();
  const wrong = draft.problem !== undefined;
  return (
    <>
      <div className={rowStyles.row} role="search">
        <div className={rowStyles.box} data-wrong={wrong}>
          <IconSearch size={15} stroke={1.7} aria-hidden="true" />
          <QueryBox ref={box} value={draft.text} onChange={draft.set} onRun={onRun} onLeave={onLeave} earlier={queryHistory} label={t("query.label")} hint="app:phone* and release:4.18.2" flaws={draft.flaws} describedBy={wrong ? "speed-problem" : undefined} />
        </div>
        <TimePicker range={state.range} tz={state.tz} zone={zone} q={state.q} project={project} onChange={update} />
        {!small && (
          <Button h={32} variant="filled" rightSection={<kbd>⏎</kbd>} onClick={onRun}>
            {t("query.run")}
          </Button>
        )}
      </div>
      {draft.problem !== undefined && (
        <div id="speed-problem" className={rowStyles.problem} role="alert">
          {draft.problem.column !== undefined && <b>{t("query.column", { column: draft.problem.column })} </b>}
          {draft.problem.message}
        </div>
      )}
    </>
  );
}
