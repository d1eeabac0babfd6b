import { shared as en } from "../../i18n/en/shared";
import { usePageTexts } from "../../i18n/part";
import { shared as zh } from "../../i18n/zh/shared";

const texts = { en, zh };

/** The sentences about shared links: they come with their pages. */
export const useSharedTexts = () => usePageTexts(texts);
