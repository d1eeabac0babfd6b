import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconCircleCheck from "@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs";
import IconCircleDotted from "@tabler/icons-react/dist/esm/icons/IconCircleDotted.mjs";
import IconBookmark from "@tabler/icons-react/dist/esm/icons/IconBookmark.mjs";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconShare from "@tabler/icons-react/dist/esm/icons/IconShare.mjs";
import IconDotsVertical from "@tabler/icons-react/dist/esm/icons/IconDotsVertical.mjs";
import { InBar } from "../../components/BarSlot";
import { DropMenu } from "../../components/DropMenu";
import { count } from "../../model/format";
import styles from "./SearchPage.module.css";
import type { Page } from "./usePage";

/** What the page puts into the top bar: saved views, share and export. On a phone the count, and they in a menu. */
export function Toolbar({ page }: { page: Page }) {
  const { t, answer, small, setSheet } = page;
  const Sign = answer.state === "whole" ? IconCircleCheck : answer.state === "reading" ? IconCircleDotted : IconAlertTriangle;
  const said = t(answer.state === "whole" ? "result.whole" : answer.state === "reading" ? "result.reading" : "result.part");
  const kept = [
    { key: "views", text: t("keep.views"), icon: <IconBookmark size={14} stroke={1.7} /> },
    { key: "share", text: t("share.link"), icon: <IconShare size={14} stroke={1.7} /> },
    { key: "export", text: t("keep.export"), icon: <IconDownload size={14} stroke={1.7} /> },
  ] as const;
  return (
    <InBar place="right">
      {small ? (
        <>
          {!page.piped.on && (
            <span className={styles.count} role="status" title={said}>
              <Sign size={15} stroke={1.7} color={answer.state === "part" ? "var(--wrn)" : undefined} aria-hidden="true" /> <b>{count(answer.count)}</b>
              <span className="sr-only"> {said}</span>
            </span>
          )}
          <DropMenu label={t("keep.more")} className={styles.more} align="right" sections={() => [{ key: "keep", items: kept.map((one) => ({ ...one, onSelect: () => setSheet(one.key) })) }]}>
            <IconDotsVertical size={18} stroke={1.7} />
          </DropMenu>
        </>
      ) : (
        kept.map(({ key, text, icon }) => (
          <Button key={key} variant="subtle" leftSection={icon} aria-haspopup="dialog" onClick={() => setSheet(key)}>
            {text}
          </Button>
        ))
      )}
    </InBar>
  );
}
