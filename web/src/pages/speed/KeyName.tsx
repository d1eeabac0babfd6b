import type { SpeedKey } from "../../api/speed";
import { nameOf } from "../../model/speed";
import styles from "./Speed.module.css";
import { useSpeedTexts } from "./speedTexts";

/** What a group is called: its own name, and behind it what that name belongs to. */
export function KeyName({ row, fields }: { row: SpeedKey; fields: readonly string[] }) {
  const t = useSpeedTexts();
  const { name, of } = nameOf(row);
  return (
    <span className={styles.name}>
      {name === null ? <span className={styles.without}>{t("without", { field: fields.at(-1) ?? "" })}</span> : name}
      {of !== "" && <small> {of}</small>}
    </span>
  );
}
