import { expect, test } from "vitest";
import { codeTokens } from "./codetokens";

const kinds = (code: string, language: Parameters<typeof codeTokens>[1]) =>
  codeTokens(code, language).filter((token) => token.kind).map((token) => `${token.kind ?? ""}:${token.text}`);

test("no character is ever lost or changed", () => {
  const odd = "'open \"string // # <!-- `x\n\\ ' 中文 👍 $'\\n' <a href=";
  for (const language of ["js", "html", "sh", "python", "go"] as const) {
    expect(codeTokens(odd, language).map((token) => token.text).join("")).toBe(odd);
    expect(codeTokens("", language)).toEqual([]);
  }
});

test("words, strings and calls of a page's code", () => {
  expect(kinds("import T from 'clewline'\nnew T('call').$log('hi') // ok", "js")).toEqual([
    "keyword:import", "keyword:from", "string:'clewline'", "keyword:new", "call:T", "string:'call'", "call:$log", "string:'hi'", "comment:// ok",
  ]);
});

test("an address inside a string is no comment", () => {
  expect(kinds("f('https://x.example')", "js")).toEqual(["call:f", "string:'https://x.example'"]);
  expect(kinds("curl http://x.example/#y", "sh")).toEqual(["keyword:curl"]);
});

test("the command, its options and its quoted line", () => {
  expect(kinds("# one line\nclewline send --key sk_1 'a b'", "sh")).toEqual(["comment:# one line", "keyword:clewline", "call:--key", "string:'a b'"]);
});
