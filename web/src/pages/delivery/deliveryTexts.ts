import { delivery as en } from "../../i18n/en/delivery";
import { usePageTexts } from "../../i18n/part";
import { delivery as zh } from "../../i18n/zh/delivery";

const texts = { en, zh };

/** The sentences of this page. */
export const useDeliveryTexts = () => usePageTexts(texts);
export type DeliveryTexts = ReturnType<typeof useDeliveryTexts>;

const reasons = ["level", "mode", "quota", "rate", "rejected"] as const;

/** A reason in words, where it is one that is known. */
export function reasonText(t: DeliveryTexts, reason: string): string {
  const known = reasons.find((name) => name === reason);
  return known === undefined ? reason : t(`reason.${known}`);
}
