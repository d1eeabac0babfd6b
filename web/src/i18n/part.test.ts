import { expect, test } from "vitest";
import { form, type Message, pieces } from "./catalogue";

type Sentences = Readonly<Record<string, Message>>;

/** Every file of sentences, whether it is loaded with the first page or with its own: each exports one object. */
const files = (found: Readonly<Record<string, unknown>>) => new Map(Object.entries(found).map(([path, module]) => [path.replace(/^.*\//, ""), Object.values(module as Readonly<Record<string, Sentences>>)[0] ?? {}]));
const english = files(import.meta.glob(["./en/*.ts", "!./en/index.ts"], { eager: true }));
const chinese = files(import.meta.glob(["./zh/*.ts", "!./zh/index.ts"], { eager: true }));
const parts = [...english].map(([name, sentences]) => [name, sentences, chinese.get(name) ?? {}] as const);

test("each file of sentences is there in both languages", () => {
  expect([...chinese.keys()]).toEqual([...english.keys()]);
  expect(english.size).toBeGreaterThan(10);
});

const slots = (message: Message | undefined) =>
  pieces(form(message ?? "", 2, "en"))
    .flatMap((piece) => piece.slot ?? [])
    .toSorted((a, b) => a.localeCompare(b));

test.each(parts)("each sentence of %s has the same slots in both languages", (_, english, chinese) => {
  for (const key of Object.keys(english)) expect({ key, slots: slots(chinese[key]) }).toEqual({ key, slots: slots(english[key]) });
});

test.each(parts)("Chinese sentences of %s use full-width punctuation", (_, __, chinese) => {
  for (const [key, message] of Object.entries(chinese)) {
    expect(form(message, 2, "zh-CN"), key).not.toMatch(/[\u4e00-\u9fff][,;:?!][\s\u4e00-\u9fff]|[\u4e00-\u9fff]\.$/);
  }
});
