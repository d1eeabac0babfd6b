import { jump as en } from "../../i18n/en/jump";
import { usePageTexts } from "../../i18n/part";
import { jump as zh } from "../../i18n/zh/jump";

const texts = { en, zh };

/** The sentences of jump, tabs and the map of the keys. */
export const useJumpTexts = () => usePageTexts(texts);
export type JumpTexts = ReturnType<typeof useJumpTexts>;
