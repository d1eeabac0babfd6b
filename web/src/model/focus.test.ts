import { expect, test } from "vitest";
import { focus } from "./focus";
import { hasPipe } from "./pipeText";
import { tokenize } from "./queryTokens";

const kinds = (text: string) => tokenize(text).filter(({ kind }) => kind !== "space").map(({ kind, from, to }) => `${kind} ${text.slice(from, to)}`);

test("a sequence is coloured by its steps", () => {
  expect(kinds("sequence by s [a then] THEN not [b:[1 to 2} c] within 5s lateness 2m")).toEqual([
    "keyword sequence", "keyword by", "value s", "paren [", "value a", "value then", "paren ]", "keyword THEN", "keyword not", "paren [",
    "field b", "operator :", "operator [", "value 1", "keyword to", "value 2", "operator }", "value c", "paren ]", "keyword within", "value 5s", "keyword lateness", "value 2m",
  ]);
});

test("what begins like a sequence and is none stays as it was", () => {
  expect(focus("sequence by hand")).toEqual({ before: "", part: "sequence by hand", after: "" });
  expect(focus("sequence by s [a")).toEqual({ before: "", part: "sequence by s [a", after: "" });
  expect(focus("sequence by s [a] then")).toEqual({ before: "sequence by s [", part: "a", after: "] then" });
});

test("two bars of Lucene are no pipe, nor is one in a pattern", () => {
  expect(hasPipe("lucene:a || b")).toBe(false);
  expect(hasPipe("lucene:msg:/a|b/ c")).toBe(false);
  expect(hasPipe("lucene:a || b | count")).toBe(true);
  expect(hasPipe('msg:~"a|b"')).toBe(false);
});
