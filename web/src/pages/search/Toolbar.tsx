import { Button } from "@mantine/core";
import IconBookmark from "@tabler/icons-react/dist/esm/icons/IconBookmark.mjs";
import IconDownload from "@tabler/icons-react/dist/esm/icons/IconDownload.mjs";
import IconShare from "@tabler/icons-react/dist/esm/icons/IconShare.mjs";
import { InBar } from "../../components/BarSlot";
import { count } from "../../model/format";
import styles from "./SearchPage.module.css";
import type { Page } from "./usePage";

/** What the page puts into the top bar: the place of saved views, share and export. On a phone, the count. */
export function Toolbar({ page }: { page: Page }) {
  const { t, answer, small, setSheet } = page;
  return (
    <InBar place="right">
      {small && page.piped.on ? null : small ? (
        <span className={styles.count}>
          <b>{count(answer.count)}</b> · {t(answer.state === "whole" ? "result.whole" : answer.state === "reading" ? "result.reading" : "result.part")}
        </span>
      ) : (
        <>
          <Button variant="subtle" leftSection={<IconBookmark size={14} stroke={1.7} />} aria-haspopup="dialog" onClick={() => setSheet("views")}>
            {t("keep.views")}
          </Button>
          <Button variant="subtle" leftSection={<IconShare size={14} stroke={1.7} />} aria-haspopup="dialog" onClick={() => setSheet("share")}>
            {t("share.link")}
          </Button>
          <Button variant="subtle" leftSection={<IconDownload size={14} stroke={1.7} />} aria-haspopup="dialog" onClick={() => setSheet("export")}>
            {t("keep.export")}
          </Button>
        </>
      )}
    </InBar>
  );
}
