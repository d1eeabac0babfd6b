import { pipe as en } from "../../../i18n/en/pipe";
import { usePageTexts } from "../../../i18n/part";
import { pipe as zh } from "../../../i18n/zh/pipe";

const texts = { en, zh };

/** The sentences around a table of pipes. */
export const usePipeTexts = () => usePageTexts(texts);
