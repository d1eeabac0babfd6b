import { usePageTexts } from "../../i18n/part";
import { retention as en } from "../../i18n/en/retention";
import { retention as zh } from "../../i18n/zh/retention";

const texts = { en, zh };

/** The sentences of this page. */
export const useRetentionTexts = () => usePageTexts(texts);
export type RetentionTexts = ReturnType<typeof useRetentionTexts>;
