import { redaction as en } from "../../i18n/en/redaction";
import { type PageTexts, type SayPart, useSayPart } from "../../i18n/part";
import { redaction as zh } from "../../i18n/zh/redaction";
import type { Rule } from "../../model/redaction";

const texts: PageTexts<typeof en> = { en, zh };

/** The sentences of this page. */
export function useSay(): SayPart<typeof en> {
  return useSayPart(texts);
}

export type RedactionKey = keyof typeof en;

/** What a rule finds, in words. */
export function findsOf(s: SayPart<typeof en>, { detector, keys }: Rule): string {
  if (detector !== undefined && detector !== "") {
    const key = `finds.${detector}`;
    return key in en ? s(key as RedactionKey) : detector; // a newer server may know more
  }
  return keys !== undefined && keys.length > 0 ? s("finds.keys", { keys: keys.join(", ") }) : s("finds.pattern");
}

/** A rule's name. Those of the defaults are said in the reader's language until somebody changes them. */
export function nameOf(s: SayPart<typeof en>, { id, name }: Rule): string {
  const key = `name.${id}`;
  return key in en && en[key as RedactionKey] === name ? s(key as RedactionKey) : name;
}
