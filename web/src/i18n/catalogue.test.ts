import { expect, test } from "vitest";
import { form, type Key, type Message, pieces } from "./catalogue";
import { messages as en } from "./en";
import { messages as zh } from "./zh";

function slots(message: Message): string[] {
  const sentence = typeof message === "string" ? message : message.other;
  return pieces(sentence)
    .flatMap((piece) => piece.slot ?? [])
    .toSorted((a, b) => a.localeCompare(b));
}

test("each sentence has the same slots in both languages", () => {
  for (const key of Object.keys(en) as Key[]) {
    expect({ key, slots: slots(zh[key]) }).toEqual({ key, slots: slots(en[key]) });
  }
});

test("the form for one has no slot that the form for many has not", () => {
  for (const message of [...Object.values(en), ...Object.values(zh)] as Message[]) {
    if (typeof message !== "string") expect(slots(message.other)).toEqual(expect.arrayContaining(slots(message.one)));
  }
});

test("Chinese sentences use full-width punctuation between Chinese signs", () => {
  for (const [key, message] of Object.entries(zh)) {
    const sentence = typeof message === "string" ? message : message.other;
    expect(sentence, key).not.toMatch(/[\u4e00-\u9fff][,;:?!][\s\u4e00-\u9fff]|[\u4e00-\u9fff]\.$/);
  }
});

test("a sentence is taken apart into text and slots", () => {
  expect(pieces("from {a} to {b}.")).toEqual([{ text: "from " }, { slot: "a" }, { text: " to " }, { slot: "b" }, { text: "." }]);
  expect(pieces("{n}")).toEqual([{ slot: "n" }]);
  expect(pieces("")).toEqual([]);
});

test("the plural form follows the number, also one written for people", () => {
  const message = { one: "one", other: "many" };
  expect(form(message, 1, "en")).toBe("one");
  expect(form(message, 0, "en")).toBe("many");
  expect(form(message, "1,001", "en")).toBe("many");
  expect(form(message, 1, "zh-CN")).toBe("many");
});
