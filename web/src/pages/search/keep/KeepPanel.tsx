import { CloseButton } from "@mantine/core";
import { Overlay } from "../../../components/Overlay";
import { useT } from "../../../i18n";
import type { Page } from "../usePage";
import { ExportPanel } from "./ExportPanel";
import styles from "./Keep.module.css";
import { SharePanel } from "./SharePanel";
import { useKeepTexts } from "./texts";
import { ViewsPanel } from "./ViewsPanel";

const panels = { views: ViewsPanel, share: SharePanel, export: ExportPanel } as const;

/** What is kept of the page: views, links and files. */
export function KeepPanel({ page, kind }: { page: Page; kind: keyof typeof panels }) {
  const t = useT();
  const k = useKeepTexts();
  const close = () => page.setSheet(undefined);
  const Body = panels[kind];
  const title = k(`${kind}.title`);
  return (
    <Overlay label={title} onClose={close} place={{ right: 16, top: 52, width: 460, maxWidth: "calc(100vw - 32px)", maxHeight: "calc(100dvh - 70px)" }}>
      <div className={styles.top}>
        <h2>{title}</h2>
        <CloseButton size="sm" aria-label={t("common.close")} onClick={close} />
      </div>
      <div className={styles.body}>
        <Body page={page} />
      </div>
    </Overlay>
  );
}
