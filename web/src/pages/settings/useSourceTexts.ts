import { sources as en } from "../../i18n/en/sources";
import { type PageTexts, type SayPart, useSayPart } from "../../i18n/part";
import { sources as zh } from "../../i18n/zh/sources";

const texts: PageTexts<typeof en> = { en, zh };

/** The sentences of this page. */
export function useSourceTexts(): SayPart<typeof en> {
  return useSayPart(texts);
}
