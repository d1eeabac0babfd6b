import { useT } from "../i18n";
import styles from "./Fallbacks.module.css";

interface Props {
  /** What went wrong, null while nothing has. */
  readonly error: Error | null;
  readonly retry: () => unknown;
  /** The look of the place where it stands. */
  readonly className: string | undefined;
  /** What is said, and what the button says, where there are better words than the server's. */
  readonly text?: string;
  readonly act?: string;
}

/** Says that something could not be fetched, in the server's own words, and offers to try again. */
export function FetchError({ error, retry, className, text, act }: Props) {
  const t = useT();
  if (error === null) return null;
  return (
    <p className={className} role="alert">
      {text ?? error.message}{" "}
      <button type="button" className={styles.again} onClick={() => void retry()}>
        {act ?? t("common.retry")}
      </button>
    </p>
  );
}
