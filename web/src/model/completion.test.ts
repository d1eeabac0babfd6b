import { expect, test } from "vitest";
import { optionsAt, placeAt, type Sources } from "./completion";

/** The place at the "|" of a text; a pipe of the query is written as "¦". */
function at(marked: string) {
  const cursor = marked.indexOf("|");
  const text = (marked.slice(0, cursor) + marked.slice(cursor + 1)).replaceAll("¦", "|");
  const place = placeAt(text, cursor);
  return place === undefined ? undefined : `${place.kind} ${place.field ?? ""}[${place.typed}] over "${text.slice(place.from, place.to)}"`;
}

test("the cursor's place says what may be written there", () => {
  const places: readonly (readonly [string, string | undefined])[] = [
    ["|", 'word [] over ""'],
    ["cal|", 'word [cal] over "cal"'],
    ["level:error and cal|", 'word [cal] over "cal"'],
    ["cal|lId:x", 'word [cal] over "callId"'],
    ["service:|", 'value service[] over ""'],
    ["service:ca|", 'value service[ca] over "ca"'],
    ["service: ca|", 'value service[ca] over "ca"'],
    ["service：call-|", 'value service[call-] over "call-"'],
    ['service:"call ap|', 'value service[call ap] over ""call ap"'],
    ['"a b":x|', 'value a b[x] over "x"'],
    ["level:(error or w|", 'value level[w] over "w"'],
    ["level:(error or |", 'value level[] over ""'],
    ["level:(|", 'value level[] over ""'],
    ["level:error |", 'operator [] over ""'],
    ["timeout |", 'operator [] over ""'],
    ["level:error and |", 'word [] over ""'],
    ["not |", 'word [] over ""'],
    ["(|", 'word [] over ""'],
    ["level:(error or warn)|", undefined],
    ["(a)|", undefined],
    ['"a phra|', undefined],
    ["timeCost > 5|", 'value timeCost[5] over "5"'],
    ["errorCode:* ¦|", 'function [] over ""'],
    ["errorCode:* ¦ cou|", 'function [cou] over "cou"'],
    ["¦ p95(tim|", 'argument [tim] over "tim"'],
    ["¦ count by |", 'argument [] over ""'],
    ["¦ count by level, ser|", 'argument [ser] over "ser"'],
    ["¦ count, av|", 'function [av] over "av"'],
    ["¦ count |", 'operator [] over ""'],
    ["¦ top |", 'argument [] over ""'],
    ["invoker:uid:us|", 'value invoker[uid:us] over "uid:us"'],
    ["错误|", 'word [错误] over "错误"'],
  ];
  for (const [text, want] of places) expect({ text, place: at(text) }).toEqual({ text, place: want });
});

test("a place is inside of the text whatever is typed, and holds the cursor", () => {
  let seed = 5;
  const next = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const signs = ["a", "level", ":", "：", '"', "“", "(", "）", " ", "or", "and", "|", "by", ",", "*", "\\", "<", ">=", "[", "]", "票", "😀", "__proto__"];
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: next(9) }, () => signs[next(signs.length)]).join("");
    const cursor = next(text.length + 1);
    const place = placeAt(text, cursor);
    if (place === undefined) continue;
    expect({ text, ok: place.from <= cursor && cursor <= place.to && place.to <= text.length }).toEqual({ text, ok: true });
    for (const option of optionsAt(text, place, sources)) expect(option.to).toBeLessThanOrEqual(text.length);
  }
});

const sources: Sources = {
  fields: [
    { name: "callId", type: "keyword", present: 92, share: 0.92 },
    { name: "level", type: "level", present: 100, share: 1 },
    { name: "timeCost", type: "number", present: 50, share: 0.5 },
    { name: "and", type: "number", data: true, present: 3, share: 0.03 },
    { name: "call.rtt", type: "number", data: true, present: 2, share: 0.02 },
    { name: "recall", type: "text", data: true, present: 1, share: 0.01 },
    { name: 'a "q"', type: "text", data: true, present: 1, share: 0.01 },
  ],
  values: [
    { field: "service", value: "call-api", count: 388 },
    { field: "level", value: "error", count: 12 },
    { field: "level", value: "two words", count: 1 },
  ],
  history: ["callId:call-77ab12 level>=warn", "timeout"],
};

/** The options at the end of a text, each as kind and the whole text that accepting it makes. */
function accepted(text: string) {
  const place = placeAt(text, text.length);
  if (place === undefined) return [];
  return optionsAt(text, place, sources).map(({ kind, insert, from, to }) => `${kind} ${text.slice(0, from)}${insert}${text.slice(to)}`);
}

test("a word is completed to fields, values, and earlier queries, best first", () => {
  expect(accepted("level:error and cal")).toEqual([
    "field level:error and callId:", "field level:error and call.rtt:", "field level:error and recall:", "value level:error and service:call-api", "history callId:call-77ab12 level>=warn",
  ]);
  expect(accepted("an")).toEqual(['field "and":', "operator and "]);
  expect(accepted("a \"q")).toEqual([]);
  expect(accepted("q")).toEqual(['field "a \\"q\\"":']);
});

test("behind a field stand its values, quoted where they must be", () => {
  expect(accepted("level:")).toEqual(["value level:error", 'value level:"two words"', "operator level:*"]);
  expect(accepted('level:"tw')).toEqual(['value level:"two words"']);
  expect(accepted("level:(error or t")).toEqual(['value level:(error or "two words"']);
  expect(accepted("timeCost:")).toEqual(["operator timeCost:>", "operator timeCost:>=", "operator timeCost:<", "operator timeCost:<="]);
  expect(accepted("level:error")).toEqual([]); // nothing is left to complete
});

test("behind a pipe stand functions, and fields as their arguments", () => {
  expect(accepted("| p9")).toEqual(["function | p95(", "function | p99("]);
  expect(accepted("| p95(ti")).toEqual(["field | p95(timeCost"]);
  expect(accepted("| count by lev")).toEqual(["field | count by level"]);
  expect(accepted("| count by ti")).toEqual(["field | count by timeCost", "function | count by time(1m)", "function | count by time(10m)", "function | count by time(1h)"]);
  expect(accepted("level:error ")).toEqual(["operator level:error and ", "operator level:error or ", "operator level:error not ", "operator level:error | "]);
});
