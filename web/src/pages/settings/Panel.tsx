import { ActionIcon } from "@mantine/core";
import IconX from "@tabler/icons-react/dist/esm/icons/IconX.mjs";
import type { ReactNode } from "react";
import { useT } from "../../i18n";
import styles from "./Settings.module.css";

/** What stands at the right of the list; on a phone it stands over it. */
export function Panel({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const t = useT();
  return (
    <aside className={styles.panel}>
      <header>
        {title}
        <i className="grow" />
        <ActionIcon aria-label={t("common.close")} onClick={onClose}>
          <IconX size={15} stroke={1.7} />
        </ActionIcon>
      </header>
      {children}
    </aside>
  );
}
