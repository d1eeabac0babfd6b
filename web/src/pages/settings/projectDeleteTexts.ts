import { projectDelete as en } from "../../i18n/en/projectDelete";
import { usePageTexts } from "../../i18n/part";
import { projectDelete as zh } from "../../i18n/zh/projectDelete";

const texts = { en, zh };

/** The sentences about deleting a project and renaming a key. */
export const useProjectDeleteTexts = () => usePageTexts(texts);
