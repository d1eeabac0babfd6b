import { clients as en } from "../../i18n/en/clients";
import { usePageTexts } from "../../i18n/part";
import { clients as zh } from "../../i18n/zh/clients";

const texts = { en, zh };

/** The sentences of this page. */
export const useClientsTexts = () => usePageTexts(texts);
