import { Button } from "@mantine/core";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import { ApiError } from "../../api/client";
import { CopyButton } from "../../components/CopyButton";
import { Say, useT } from "../../i18n";
import { Frame } from "./Frame";
import styles from "./Setup.module.css";

/** A link that was used, has expired or never was one: the server says which and when, we say what to do. */
export function BrokenLink({ error, retry }: { error: Error; retry: () => void }) {
  const t = useT();
  const gone = error instanceof ApiError && (error.status === 410 || error.status === 404 || error.status === 400);
  const command = `clewline setup --url ${window.location.origin}`;
  return (
    <Frame
      aside={
        gone && (
          <>
            <h2>{t("setup.notYou.title")}</h2>
            <p className="text2">{t("setup.notYou.text")}</p>
          </>
        )
      }
      title={gone ? t("setup.gone.title") : t("setup.failed.title")}
      lead={gone ? t("setup.gone.lead") : t("setup.failed.lead")}
    >
      <p className={styles.warning} role="alert">
        <IconAlertTriangle size={15} stroke={1.7} />
        <span>{error.message}</span>
      </p>
      {gone ? (
        <>
          <p className={styles.after}>{t("setup.gone.login")}</p>
          <div className={styles.actions}>
            <Button component="a" href="/login" variant="filled" h={38}>
              {t("login.go")}
            </Button>
          </div>
          <h2 className={styles.sub}>{t("setup.gone.another")}</h2>
          <p className="text2">
            <Say k="firstrun.again.text" slots={{ flag: <code>--data</code> }} />
          </p>
          <div className={styles.command}>
            <code>{command}</code>
            <CopyButton text={command} what={command} />
          </div>
        </>
      ) : (
        <div className={styles.actions}>
          <Button variant="filled" h={38} onClick={retry}>
            {t("common.retry")}
          </Button>
        </div>
      )}
    </Frame>
  );
}
