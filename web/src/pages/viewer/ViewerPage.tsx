import { useEffect, useRef, useState } from "react";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { viewer as en } from "../../i18n/en/viewer";
import { usePageTexts } from "../../i18n/part";
import { viewer as zh } from "../../i18n/zh/viewer";
import styles from "./Viewer.module.css";

const texts = { en, zh };

/** The SDK's log viewer over what a read token opens. The token stands behind the # and is sent in a header alone. */
export function ViewerPage() {
  const t = useT();
  const v = usePageTexts(texts);
  const place = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState("");
  const token = window.location.hash.slice(1);
  const { language } = t;
  useTitle(v("title"));
  useEffect(() => {
    if (token === "") return undefined;
    let gone = false;
    let remove = () => {};
    const theme = document.documentElement.dataset["mantineColorScheme"] === "dark" ? "dark" : "light";
    import("clewline/log-viewer")
      .then(({ viewServer }) => (place.current === null ? undefined : viewServer({ endpoint: window.location.origin, token, into: place.current, language, theme })))
      .then(
        (viewer) => {
          if (viewer === undefined) return;
          remove = () => viewer.remove();
          if (gone) remove();
        },
        (err: unknown) => setFailure(String(err)),
      );
    return () => {
      gone = true;
      remove();
    };
  }, [token, language]);
  return (
    <main className={styles.page} ref={place}>
      {token === "" && <p role="alert">{v("noToken")}</p>}
      {failure !== "" && <p role="alert">{v("failed", { reason: failure })}</p>}
    </main>
  );
}
