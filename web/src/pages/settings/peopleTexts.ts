import { people as en } from "../../i18n/en/people";
import { usePageTexts } from "../../i18n/part";
import { people as zh } from "../../i18n/zh/people";

const texts = { en, zh };

/** The sentences of people, audit and one-time links; loaded with those pages. */
export const usePeopleTexts = () => usePageTexts(texts);
export type PeopleTexts = ReturnType<typeof usePeopleTexts>;
