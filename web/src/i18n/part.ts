import { createElement, Fragment, type ReactNode, useMemo } from "react";
import { useT } from ".";
import { form, type Language, type Message, type Part, pieces } from "./catalogue";

type SlotsOf<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | SlotsOf<Rest> : never;
type SlotOf<M> = SlotsOf<M extends { other: infer O } ? O : M>;

/** Sentences of one page in both languages: they are loaded with the page, not with the first one. */
export interface PageTexts<English extends Readonly<Record<string, Message>>> {
  readonly en: English;
  readonly zh: Part<English>;
}

export interface PageTranslate<English> {
  <K extends keyof English>(key: K, ...slots: [SlotOf<English[K]>] extends [never] ? [] : [slots: Readonly<Record<SlotOf<English[K]>, string | number>>]): string;
  readonly language: Language;
  /** The BCP 47 tag, for Intl. */
  readonly tag: string;
}

/** The sentences of a page in the current language. */
export function usePageTexts<English extends Readonly<Record<string, Message>>>(texts: PageTexts<English>): PageTranslate<English> {
  const { language, tag } = useT();
  return useMemo(() => {
    const messages: Readonly<Record<keyof English, Message>> = texts[language];
    const translate = (key: keyof English, slots?: Readonly<Record<string, string | number>>): string =>
      pieces(form(messages[key], slots?.["n"], tag))
        .map((piece) => piece.text ?? String(slots?.[piece.slot ?? ""] ?? ""))
        .join("");
    return Object.assign(translate, { language, tag }) as PageTranslate<English>;
  }, [texts, language, tag]);
}

type Sentences = Readonly<Record<string, Message>>;

/** As PageTranslate, for keys that are put together; and with elements in the slots, by `rich`. */
export interface SayPart<English extends Sentences> {
  (key: keyof English, slots?: Readonly<Record<string, string | number>>): string;
  rich(key: keyof English, slots: Readonly<Record<string, ReactNode>>, n?: number): ReactNode;
}

/** The sentences of a page whose keys are put together, or that hold elements. */
export function useSayPart<English extends Sentences>(texts: PageTexts<English>): SayPart<English> {
  const { language, tag } = useT();
  return useMemo(() => {
    const messages: Readonly<Record<keyof English, Message>> = texts[language];
    const say = (key: keyof English, slots?: Readonly<Record<string, string | number>>) =>
      pieces(form(messages[key], slots?.["n"], tag))
        .map((piece) => piece.text ?? String(slots?.[piece.slot ?? ""] ?? ""))
        .join("");
    const rich = (key: keyof English, slots: Readonly<Record<string, ReactNode>>, n?: number) =>
      pieces(form(messages[key], n ?? slots["n"], tag)).map((piece, i) => createElement(Fragment, { key: i }, piece.text ?? slots[piece.slot ?? ""]));
    return Object.assign(say, { rich });
  }, [texts, language, tag]);
}
