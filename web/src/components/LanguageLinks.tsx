import { Fragment } from "react";
import { chooseLanguage, languages, useT } from "../i18n";
import styles from "./LanguageLinks.module.css";

/** The languages side by side; the one in use is plain text. */
export function LanguageLinks() {
  const t = useT();
  return (
    <span className={styles.links} role="group" aria-label={t("language.title")}>
      {languages.map(({ id, name, tag }, i) => (
        <Fragment key={id}>
          {i > 0 && <span aria-hidden="true"> · </span>}
          <button type="button" lang={tag} aria-pressed={t.language === id} onClick={() => void chooseLanguage(id)}>
            {name}
          </button>
        </Fragment>
      ))}
    </span>
  );
}
