import { Button } from "@mantine/core";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconCopy from "@tabler/icons-react/dist/esm/icons/IconCopy.mjs";
import { useEffect, useState } from "react";
import { useT } from "../i18n";
import { copyText } from "./copyText";

interface Props {
  readonly text: string;
  /** What is copied, for those who do not see it beside the button. */
  readonly what: string;
  readonly disabled?: boolean;
  /** Changes when the text was copied by a key, so that the button says so. */
  readonly copiedAt?: number;
}

/** Copies, and says that it did. */
export function CopyButton({ text, what, disabled = false, copiedAt = 0 }: Props) {
  const t = useT();
  const [pressedAt, setPressedAt] = useState(0);
  const [shownAt, setShownAt] = useState(0);
  const last = Math.max(pressedAt, copiedAt);
  useEffect(() => {
    if (last === 0) return undefined;
    const timer = setTimeout(() => setShownAt(last), 2000);
    return () => clearTimeout(timer);
  }, [last]);
  const copied = last > shownAt;

  return (
    <Button
      variant="subtle"
      size="compact-xs"
      disabled={disabled}
      aria-label={`${t("common.copy")}: ${what}`}
      leftSection={copied ? <IconCheck size={14} stroke={1.7} /> : <IconCopy size={14} stroke={1.7} />}
      onClick={async () => {
        if (await copyText(text)) setPressedAt(Date.now());
      }}
    >
      <span aria-live="polite">{copied ? t("common.copied") : t("common.copy")}</span>
    </Button>
  );
}
