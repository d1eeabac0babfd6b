import { fields as en } from "../../i18n/en/fields";
import { usePageTexts } from "../../i18n/part";
import { fields as zh } from "../../i18n/zh/fields";

const texts = { en, zh };

/** The sentences about fields and their values. */
export const useFieldTexts = () => usePageTexts(texts);
