import IconArrowsExchange from "@tabler/icons-react/dist/esm/icons/IconArrowsExchange.mjs";
import IconBellRinging from "@tabler/icons-react/dist/esm/icons/IconBellRinging.mjs";
import IconPhone from "@tabler/icons-react/dist/esm/icons/IconPhone.mjs";
import IconPlugConnected from "@tabler/icons-react/dist/esm/icons/IconPlugConnected.mjs";
import IconPointer from "@tabler/icons-react/dist/esm/icons/IconPointer.mjs";
import IconWaveSine from "@tabler/icons-react/dist/esm/icons/IconWaveSine.mjs";
import type { Icon } from "@tabler/icons-react";
import styles from "./Category.module.css";

const icons: Readonly<Record<string, Icon>> = {
  page: IconPointer,
  request: IconArrowsExchange,
  push: IconBellRinging,
  call: IconPhone,
  websocket: IconPlugConnected,
  webrtc: IconWaveSine,
};

/** A behaviour category: always its icon and its word. */
export function Category({ category, word = category }: { category: string; /** how it is said, where that is not how it is typed */ word?: string }) {
  const Icon = icons[category];
  return (
    <span className={`${styles.category ?? ""} ${styles[category] ?? ""}`}>
      {Icon === undefined ? null : <Icon size={14} stroke={1.7} aria-hidden="true" />}
      {word}
    </span>
  );
}
