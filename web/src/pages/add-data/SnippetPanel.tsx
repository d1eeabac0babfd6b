import { useEffect, useState } from "react";
import { Code } from "../../components/Code";
import { copyText } from "../../components/copyText";
import { CopyButton } from "../../components/CopyButton";
import { useFlag } from "../../hooks/usePreference";
import { useT } from "../../i18n";
import type { Snippet } from "../../model/snippets";
import styles from "./AddData.module.css";

/** Blocks to copy, one by one; the key `c` copies the first that has the sender's key in it. */
export function SnippetPanel({ snippets, ready }: { snippets: readonly Snippet[]; ready: boolean }) {
  const t = useT();
  const [singleKeys] = useFlag("keys", true);
  const [copiedAt, setCopiedAt] = useState(0);
  const main = Math.max(0, snippets.findIndex(({ purpose }) => purpose !== "install"));
  const mainCode = snippets[main]?.code ?? "";

  useEffect(() => {
    if (!ready || !singleKeys) return undefined;
    const onKey = async (event: KeyboardEvent) => {
      if (event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null) return;
      if (await copyText(mainCode)) setCopiedAt(Date.now());
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [ready, singleKeys, mainCode]);

  return (
    <div className={styles.panel}>
      {snippets.map((snippet, i) => {
        const label = t(`add.code.${snippet.purpose}`);
        // A command to install needs no key.
        const whole = ready || snippet.purpose === "install";
        return (
          <section key={snippet.purpose} data-faint={!whole || undefined}>
            <header>
              <span>{label}</span>
              <i className="grow" />
              {whole ? (
                <>
                  <CopyButton text={snippet.code} what={label} {...(i === main ? { copiedAt } : {})} />
                  {i === main && singleKeys && <kbd aria-hidden="true">c</kbd>}
                </>
              ) : (
                i === main && <span className="muted">{t("add.put.first")}</span>
              )}
            </header>
            <Code code={snippet.code} language={snippet.language} label={label} />
          </section>
        );
      })}
    </div>
  );
}
