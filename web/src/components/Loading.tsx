import { Loader } from "@mantine/core";
import { useT } from "../i18n";
import styles from "./Fallbacks.module.css";

/** Stands where a page will be, when it takes more than a moment to load. */
export function Loading() {
  const t = useT();
  return (
    <div className={styles.loading} role="status" aria-label={t("common.loading")}>
      <Loader size={18} color="petrol" />
    </div>
  );
}
