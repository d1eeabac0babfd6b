import { speed as en } from "../../i18n/en/speed";
import { usePageTexts } from "../../i18n/part";
import { speed as zh } from "../../i18n/zh/speed";

const texts = { en, zh };

/** The sentences of this page. */
export const useSpeedTexts = () => usePageTexts(texts);
export type SpeedTexts = ReturnType<typeof useSpeedTexts>;
