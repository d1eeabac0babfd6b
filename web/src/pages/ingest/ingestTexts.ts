import { ingest as en } from "../../i18n/en/ingest";
import { usePageTexts } from "../../i18n/part";
import { ingest as zh } from "../../i18n/zh/ingest";

const texts = { en, zh };

/** The sentences of this page. */
export const useIngestTexts = () => usePageTexts(texts);
export type IngestTexts = ReturnType<typeof useIngestTexts>;
