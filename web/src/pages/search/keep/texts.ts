import { keep as en } from "../../../i18n/en/keep";
import { usePageTexts } from "../../../i18n/part";
import { keep as zh } from "../../../i18n/zh/keep";

const texts = { en, zh };

/** The sentences about views, links and files: they come with their panels. */
export const useKeepTexts = () => usePageTexts(texts);
