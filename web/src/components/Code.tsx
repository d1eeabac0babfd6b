import { useMemo } from "react";
import { type CodeLanguage, codeTokens } from "../model/codetokens";
import styles from "./Code.module.css";

/** A block of code in its colours. It scrolls sideways, by keyboard too. */
export function Code({ code, language, label }: { code: string; language: CodeLanguage; label: string }) {
  const tokens = useMemo(() => codeTokens(code.trimEnd(), language), [code, language]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable
    <pre className={styles.code} tabIndex={0} role="group" aria-label={label} translate="no">
      <code>
        {tokens.map((token, i) => (
          // Tokens of one snippet never move.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={i} className={token.kind && styles[token.kind]}>
            {token.text}
          </span>
        ))}
      </code>
    </pre>
  );
}
