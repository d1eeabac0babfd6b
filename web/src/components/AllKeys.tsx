import { useT } from "../i18n";

/** Says that a key shows all keys, and shows them when it is pressed itself. */
export function AllKeys({ onKeys }: { onKeys: () => void }) {
  const t = useT();
  return (
    <button type="button" aria-haspopup="dialog" onClick={onKeys}>
      <kbd>?</kbd> {t("hint.keys")}
    </button>
  );
}
