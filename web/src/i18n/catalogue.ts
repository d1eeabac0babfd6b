import type { messages as english } from "./en";

/** A sentence, or one for each plural form of the slot `n`. Slots stand in braces: "{n} events". */
export type Message = string | { readonly one: string; readonly other: string };

export type Key = keyof typeof english;
export type Messages = Readonly<Record<Key, Message>>;

/** A translation of one part of the catalogue: the same keys, no more and no fewer. */
export type Part<English> = Readonly<Record<keyof English, Message>>;

type SlotsOf<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | SlotsOf<Rest> : never;

/** The names of the slots of a key. */
export type Slot<K extends Key> = SlotsOf<(typeof english)[K] extends { other: infer O } ? O : (typeof english)[K]>;

export type Language = "en" | "zh";

export const languages: readonly { readonly id: Language; readonly name: string; readonly tag: string }[] = [
  { id: "en", name: "English", tag: "en" },
  { id: "zh", name: "简体中文", tag: "zh-CN" },
];

export function tagOf(language: Language): string {
  return language === "zh" ? "zh-CN" : "en";
}

/** The pieces of a sentence: text, and the names of slots. */
export function pieces(sentence: string): readonly { readonly text?: string; readonly slot?: string }[] {
  return sentence
    .split(/(\{\w+\})/)
    .filter((part) => part !== "")
    .map((part) => (/^\{\w+\}$/.test(part) ? { slot: part.slice(1, -1) } : { text: part }));
}

/** Chooses the plural form by the number in slot `n`; numbers written for people ("1,284") count too. */
export function form(message: Message, n: unknown, tag: string): string {
  if (typeof message === "string") return message;
  const number = typeof n === "number" ? n : typeof n === "string" ? Number(n.replaceAll(/[,\s]/g, "")) : Number.NaN;
  return new Intl.PluralRules(tag).select(number) === "one" ? message.one : message.other;
}
