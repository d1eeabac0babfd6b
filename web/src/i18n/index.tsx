import { Fragment, type ReactNode, useSyncExternalStore } from "react";
import { form, type Key, type Language, type Messages, pieces, type Slot, tagOf } from "./catalogue";

export type { Key, Language } from "./catalogue";
export { languages, tagOf } from "./catalogue";

const storageKey = "clewline.lang";

interface Loaded {
  readonly language: Language;
  readonly messages: Messages;
}

let current: Loaded | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function loaded(): Loaded {
  if (current === undefined) throw new Error("loadLanguage was not awaited before the first render");
  return current;
}

/** The language that was chosen before, else the browser's, else English. */
export function preferredLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(storageKey);
  } catch {
    // Storage may be forbidden: the browser's language then.
  }
  if (stored === "en" || stored === "zh") return stored;
  return /^zh/i.test(navigator.language) ? "zh" : "en";
}

/** Fetches a language's sentences (one small file) and switches to it. */
export async function loadLanguage(language: Language): Promise<void> {
  const { messages } = language === "zh" ? await import("./zh") : await import("./en");
  current = { language, messages };
  document.documentElement.lang = tagOf(language);
  for (const listener of listeners) listener();
}

/** Switches and remembers. */
export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Storage may be forbidden: the choice then lives as long as the page.
  }
  await loadLanguage(language);
}

export interface Translate {
  <K extends Key>(key: K, ...slots: [Slot<K>] extends [never] ? [] : [slots: Readonly<Record<Slot<K>, string | number>>]): string;
  readonly language: Language;
  /** The BCP 47 tag, for Intl. */
  readonly tag: string;
}

function build(now: Loaded): Translate {
  const tag = tagOf(now.language);
  const translate = (key: Key, slots?: Readonly<Record<string, string | number>>): string =>
    pieces(form(now.messages[key], slots?.["n"], tag))
      .map((piece) => piece.text ?? String(slots?.[piece.slot ?? ""] ?? ""))
      .join("");
  return Object.assign(translate, { language: now.language, tag }) as Translate;
}

let builtFor: Loaded | undefined;
let built: Translate | undefined;

/** The sentences outside of React; prefer useT inside. */
export function translator(): Translate {
  const now = loaded();
  if (built === undefined || builtFor !== now) {
    built = build(now);
    builtFor = now;
  }
  return built;
}

/** The sentences of the current language: `t("result.count", { n: 3 })`. */
export function useT(): Translate {
  useSyncExternalStore(subscribe, loaded);
  return translator();
}

/** A sentence with elements in its slots: `<Say k="result.count" slots={{ n: <b>3</b> }} n={3} />`. */
export function Say<K extends Key>({ k, slots, n }: { k: K; slots: Readonly<Record<Slot<K>, ReactNode>>; n?: number }): ReactNode {
  const now = useSyncExternalStore(subscribe, loaded);
  const filled: Readonly<Record<string, ReactNode>> = slots;
  return pieces(form(now.messages[k], n ?? filled["n"], tagOf(now.language))).map((piece, i) => (
    // The pieces of a sentence never change their order.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={i}>{piece.text ?? filled[piece.slot ?? ""]}</Fragment>
  ));
}
