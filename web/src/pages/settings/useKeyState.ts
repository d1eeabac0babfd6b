import { useNow } from "../../hooks/useNow";
import { useT } from "../../i18n";
import { type KeyRecord, stateOf } from "../../model/keys";
import { agoOrDate } from "../../model/waiting";

/** The state of a key in words. */
export function useKeyState(record: KeyRecord): string {
  const t = useT();
  const now = new Date(useNow(30_000));
  const state = stateOf(record, now);
  switch (state.state) {
    case "long-unused":
      return t("key.state.long-unused", { n: state.days });
    case "revoked":
      return t("key.state.revoked", { time: typeof record.revoked === "string" ? agoOrDate(record.revoked, now, t.tag) : "" }).trim();
    default:
      return t(`key.state.${state.state}`);
  }
}
