import { memo, useMemo } from "react";
import { segments } from "../model/message";
import styles from "./Message.module.css";

interface Props {
  readonly text: string;
  readonly code: string;
  readonly hits: RegExp | undefined;
  readonly multiline?: boolean;
}

/** A message as plain text: nothing in it can become markup, a link or a command to the page. */
export const Message = memo(function Message({ text, code, hits, multiline = false }: Props) {
  const parts = useMemo(() => segments(text, code, hits, multiline), [text, code, hits, multiline]);
  return parts.map(({ kind, text }, i) => {
    // The pieces of one message never change their order.
    const key = `${i}`;
    if (kind === "text") return text;
    if (kind === "hit") return <mark key={key}>{text}</mark>;
    return (
      <span key={key} className={styles[kind]} {...(kind === "sign" ? { title: text } : kind === "code" ? { "data-code": "" } : {})}>
        {text}
      </span>
    );
  });
});
