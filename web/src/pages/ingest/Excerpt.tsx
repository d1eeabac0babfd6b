import { Message } from "../../components/Message";
import type { Letter } from "../../model/letters";
import styles from "./Ingest.module.css";

/** A dead letter's text around the sign at fault, which is underlined. Plain text, whatever stands in it. */
export function Excerpt({ letter }: { letter: Letter }) {
  const { before, sign, after, cutBefore, cutAfter } = letter.excerpt;
  return (
    <code className={styles.excerpt}>
      {cutBefore && "…"}
      <Message text={before} code="" hits={undefined} />
      {sign !== "" && (
        <u>
          <Message text={sign} code="" hits={undefined} />
        </u>
      )}
      <Message text={after} code="" hits={undefined} />
      {cutAfter && "…"}
    </code>
  );
}
