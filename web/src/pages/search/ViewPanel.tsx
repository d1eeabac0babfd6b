import { CloseButton } from "@mantine/core";
import { useId } from "react";
import { Overlay } from "../../components/Overlay";
import { searchView as en } from "../../i18n/en/searchView";
import { usePageTexts } from "../../i18n/part";
import { searchView as zh } from "../../i18n/zh/searchView";
import { useT } from "../../i18n";
import { agoColumn, gapColumn } from "../../model/columns";
import { defaultWidth } from "../../model/search";
import { ColumnChoice } from "./ColumnChoice";
import type { Page } from "./usePage";
import styles from "./ViewPanel.module.css";
import { ZoneChoice } from "./ZoneChoice";

const texts = { en, zh };
export const useViewTexts = () => usePageTexts(texts);

/** How rows are shown: which columns in which order, wrapped or not, and on which clock. */
export function ViewPanel({ page }: { page: Page }) {
  const v = useViewTexts();
  const t = useT();
  const close = () => page.setSheet(undefined);
  const { cols } = page.search;
  const has = (field: string) => cols.some((column) => column.field === field);
  const toggle = (field: string, width = defaultWidth) => page.update({ cols: has(field) ? cols.filter((column) => column.field !== field) : [...cols, { field, width }] });
  return (
    <Overlay label={v("title")} onClose={close} place={{ right: 16, top: 116, width: 560, maxWidth: "calc(100vw - 32px)", maxHeight: "calc(100dvh - 140px)" }}>
      <div className={styles.top}>
        <h2>{v("title")}</h2>
        <i className="grow" />
        <CloseButton size="sm" aria-label={t("common.close")} onClick={close} />
      </div>
      <div className={styles.halves}>
        <ColumnChoice columns={cols} rows={page.rows} onToggle={toggle} onMove={page.columnActions.onMoveColumn} />
        <div>
          <section>
            <h3>{v("rows")}</h3>
            <Switch label={v("wrap")} keys="v" on={page.wrap} onChange={page.setWrap} />
            <Switch label={v("roomy")} on={page.roomy} onChange={page.setRoomy} />
          </section>
          <section>
            <h3>{v("times")}</h3>
            <Switch label={v("ago")} on={has(agoColumn)} onChange={() => toggle(agoColumn, 100)} />
            <Switch label={v("gap")} on={has(gapColumn)} onChange={() => toggle(gapColumn, 100)} />
          </section>
          <ZoneChoice tz={page.search.tz} onChange={(tz) => page.update({ tz })} />
        </div>
      </div>
    </Overlay>
  );
}

function Switch({ label, keys, on, onChange }: { label: string; keys?: string; on: boolean; onChange: (on: boolean) => void }) {
  const id = useId();
  return (
    <div className={styles.switch}>
      <input id={id} type="checkbox" checked={on} onChange={(e) => onChange(e.target.checked)} />
      <label htmlFor={id}>{label}</label>
      {keys !== undefined && <kbd>{keys}</kbd>}
    </div>
  );
}
