import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconBaselineDensityMedium from "@tabler/icons-react/dist/esm/icons/IconBaselineDensityMedium.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDotted from "@tabler/icons-react/dist/esm/icons/IconCircleDotted.mjs";
import IconColumns from "@tabler/icons-react/dist/esm/icons/IconColumns.mjs";
import IconTextWrap from "@tabler/icons-react/dist/esm/icons/IconTextWrap.mjs";
import type { ReactNode } from "react";
import iconStyles from "../../components/IconButton.module.css";
import { Level } from "../../components/Level";
import { Say, useT } from "../../i18n";
import { count, duration } from "../../model/format";
import type { Completeness } from "./completeness";
import styles from "./ResultLine.module.css";
import type { Facet } from "./useFacets";

interface Props {
  readonly answer: Completeness;
  readonly levels: Facet | undefined;
  readonly wrap: boolean;
  readonly roomy: boolean;
  readonly live: ReactNode;
  readonly onLevel: (level: string) => void;
  readonly onExplain: () => void;
  readonly onView: () => void;
  readonly onWrap: () => void;
  readonly onRoomy: () => void;
}

/** Each answer begins with how complete it is; then what it cost, the levels as toggles, and how rows are shown. */
export function ResultLine(props: Props) {
  const { answer, levels, wrap, roomy } = props;
  const t = useT();
  const n = count(answer.count);
  const Sign = answer.state === "whole" ? IconCircleCheck : answer.state === "reading" ? IconCircleDotted : IconAlertTriangle;
  const small = `${iconStyles.button ?? ""} ${iconStyles.small ?? ""} ${styles.tools ?? ""}`;
  return (
    <div className={styles.line} data-whole={answer.state === "whole"} data-live={props.live !== undefined}>
      {props.live ?? <Sign size={15} stroke={1.7} aria-hidden="true" />}
      <span role="status">
        {answer.state === "reading" ? (
          <Say k="result.soFar" slots={{ n: <b>{n}</b> }} />
        ) : (
          <>
            <Say k={answer.state === "part" ? "result.atLeast" : "result.count"} slots={{ n: <b>{n}</b> }} n={answer.count} />
            {" · "}
            {t(answer.state === "whole" ? "result.whole" : answer.state === "cancelled" ? "result.cancelled" : "result.part")}
          </>
        )}
      </span>
      {answer.end !== undefined && (
        <button type="button" className={styles.cost} aria-haspopup="dialog" onClick={props.onExplain} title={t("result.costTitle", { rows: count(answer.end.scanned.rows), ms: duration(answer.end.ms) })}>
          {t("result.cost", { ms: duration(answer.end.ms), segments: count(answer.end.scanned.segments), total: count(answer.end.scanned.segmentsTotal) })}
        </button>
      )}
      <i className="grow" />
      {levels !== undefined && (
        <div className={styles.levels} role="group" aria-label={t("result.levels")}>
          {levels.values.map(({ value, count: own }) => (
            <button key={value} type="button" aria-pressed={levels.chosen.includes(value)} title={t("result.toggleLevel", { level: value, n: count(own) })} aria-label={t("result.toggleLevel", { level: value, n: count(own) })} onClick={() => props.onLevel(value)}>
              <Level level={value} mark />
              {count(own)}
            </button>
          ))}
        </div>
      )}
      <span className={`rule ${styles.tools ?? ""}`} />
      <button type="button" className={`${iconStyles.button ?? ""} ${iconStyles.small ?? ""}`} aria-haspopup="dialog" aria-label={t("table.view")} title={t("table.view")} onClick={props.onView}>
        <IconColumns size={15} stroke={1.7} />
      </button>
      <button type="button" className={small} aria-pressed={wrap} aria-label={t("result.wrap")} title={`${t("result.wrap")}  v`} onClick={props.onWrap}>
        <IconTextWrap size={15} stroke={1.7} />
      </button>
      <button type="button" className={small} aria-pressed={roomy} aria-label={t("result.density")} title={t("result.density")} onClick={props.onRoomy}>
        <IconBaselineDensityMedium size={15} stroke={1.7} />
      </button>
    </div>
  );
}
