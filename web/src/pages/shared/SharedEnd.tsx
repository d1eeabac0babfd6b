import { Button } from "@mantine/core";
import { ApiError } from "../../api/client";
import { LanguageLinks } from "../../components/LanguageLinks";
import { Logo } from "../../components/Logo";
import styles from "./Shared.module.css";
import { useSharedTexts } from "./texts";

const ends = { share_expired: "expired", share_revoked: "revoked", share_unknown: "unknown" } as const;

/** A link that shows nothing: why, and what one can do. */
export function SharedEnd({ error, onAgain }: { error: Error; onAgain: () => void }) {
  const s = useSharedTexts();
  const reason = error instanceof ApiError ? (error.reason ?? (error.status === 401 ? "share_unknown" : "")) : "";
  const end = reason in ends ? ends[reason as keyof typeof ends] : undefined;
  return (
    <main className={styles.end}>
      <Logo size={34} />
      <h1>{s(end ?? "failed")}</h1>
      <p role="alert">{end === undefined ? error.message : s(`${end}Text`)}</p>
      <div className={styles.buttons}>
        {end === undefined && (
          <Button variant="filled" onClick={onAgain}>
            {s("again")}
          </Button>
        )}
        <Button component="a" href="/login">
          {s("login")}
        </Button>
      </div>
      <p>
        <LanguageLinks />
      </p>
    </main>
  );
}
