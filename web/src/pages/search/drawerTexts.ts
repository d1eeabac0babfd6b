import { drawer as en } from "../../i18n/en/drawer";
import { usePageTexts } from "../../i18n/part";
import { drawer as zh } from "../../i18n/zh/drawer";

const texts = { en, zh };

/** The sentences of the drawer. */
export const useDrawerTexts = () => usePageTexts(texts);
