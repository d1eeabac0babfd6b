import styles from "./Level.module.css";

const letters: Readonly<Record<string, string>> = { debug: "DBG", info: "INF", notice: "NTC", warn: "WRN", error: "ERR", fatal: "FTL" };

/** A level by its shape, its colour and its three letters, which are never translated. Nothing for an event without one. */
export function Level({ level, mark = false }: { level: string | undefined; /** only the shape */ mark?: boolean }) {
  if (level === undefined || level === "") return null;
  const known = letters[level];
  return (
    <span className={`${styles.level ?? ""} ${known === undefined ? "" : (styles[level] ?? "")}`}>
      <i aria-hidden="true" />
      {mark ? null : (known ?? level.slice(0, 3).toUpperCase())}
    </span>
  );
}
