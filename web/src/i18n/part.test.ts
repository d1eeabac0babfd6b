import { expect, test } from "vitest";
import { form, type Message, pieces } from "./catalogue";
import { drawer as drawerEn } from "./en/drawer";
import { drawer as drawerZh } from "./zh/drawer";
import { redaction as redactionEn } from "./en/redaction";
import { fields as fieldsEn } from "./en/fields";
import { fields as fieldsZh } from "./zh/fields";
import { ingest as ingestEn } from "./en/ingest";
import { ingest as ingestZh } from "./zh/ingest";
import { retention as en } from "./en/retention";
import { redaction as redactionZh } from "./zh/redaction";
import { searchView as searchViewEn } from "./en/searchView";
import { searchView as searchViewZh } from "./zh/searchView";
import { sources as sourcesEn } from "./en/sources";
import { sources as sourcesZh } from "./zh/sources";
import { keyUse as enUse } from "./en/keyUse";
import { people as enPeople } from "./en/people";
import { retention as zh } from "./zh/retention";
import { keyUse as zhUse } from "./zh/keyUse";
import { people as zhPeople } from "./zh/people";

const parts: readonly (readonly [string, Readonly<Record<string, Message>>, Readonly<Record<string, Message>>])[] = [
  ["keyUse", enUse, zhUse],
  ["people", enPeople, zhPeople],
  ["retention", en, zh],
  ["redaction", redactionEn, redactionZh],
  ["ingest", ingestEn, ingestZh],
  ["searchView", searchViewEn, searchViewZh],
  ["drawer", drawerEn, drawerZh],
  ["fields", fieldsEn, fieldsZh],
  ["sources", sourcesEn, sourcesZh],
];

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
