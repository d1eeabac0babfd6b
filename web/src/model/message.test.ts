import { describe, expect, test } from "vitest";
import { hitPattern, messageOf, rowCut, segments } from "./message";
import { cut, dropAnsi, pieces } from "./untrusted";

const show = (message: string, code = "", words: string[] = [], multiline = false) =>
  segments(message, code, hitPattern(words), multiline).map((s) => `${s.kind}:${s.text}`);

test("the error code is tinted, keys are muted, values stand out", () => {
  expect(show("check ticket: TICKET_EXPIRED age=41m02s ttl=30m", "TICKET_EXPIRED")).toEqual([
    "text:check ticket: ", "code:TICKET_EXPIRED", "text: ", "key:age=", "text:41m02s ", "key:ttl=", "text:30m",
  ]);
});

test("a code that the message does not hold stands at its end", () => {
  expect(show("POST /call/hold", "TICKET_EXPIRED")).toEqual(["text:POST /call/hold", "text: ", "code:TICKET_EXPIRED"]);
  expect(show("", "TICKET_EXPIRED")).toEqual(["code:TICKET_EXPIRED"]);
});

describe("the query's words are marked", () => {
  test("whole words only, in any letter case", () => {
    expect(show("Timeout timeouts timeout", "", ["timeout"])).toEqual(["hit:Timeout", "text: timeouts ", "hit:timeout"]);
  });
  test("Chinese inside a sentence", () => {
    expect(show("坐席票据过期了", "", ["票据过期"])).toEqual(["text:坐席", "hit:票据过期", "text:了"]);
  });
  test("signs of regular expressions mean themselves", () => {
    expect(show("a.b axb (c)", "", ["a.b", "(c)"])).toEqual(["hit:a.b", "text: axb ", "hit:(c)"]);
  });
  test("and nothing where there are none", () => {
    expect(hitPattern(["", " "])).toBeUndefined();
  });
});

describe("text from elsewhere cannot act on the page", () => {
  test("control signs and direction overrides are named in boxes", () => {
    expect(show("a\u0000b\u202Ec\u2066\u{E0041}")).toEqual(["text:a", "sign:NUL", "text:b", "sign:RLO", "text:c", "sign:LRI", "sign:TAG"]);
  });
  test("line feeds are named in rows and break lines in the drawer", () => {
    expect(show("a\r\nb")).toEqual(["text:a", "sign:CR", "sign:LF", "text:b"]);
    expect(show("a\r\nb", "", [], true)).toEqual(["text:a\nb"]);
  });
  test("ANSI sequences are dropped", () => {
    expect(dropAnsi("\u001B[31;1mred\u001B[0m \u001B]8;;https://evil.example\u0007link\u001B]8;;\u0007")).toBe("red link");
    expect(show("\u001B[31mred\u001B")).toEqual(["text:red", "sign:ESC"]);
  });
  test("markup stays text", () => {
    expect(show("<img src=x onerror=alert(1)>").map((s) => s.slice(s.indexOf(":") + 1)).join("")).toBe("<img src=x onerror=alert(1)>");
  });
  test("half of a pair is named, emoji are left whole", () => {
    expect(pieces("\uD800a😀", false)).toEqual([{ text: "U+D800", sign: true }, { text: "a😀" }]);
    expect(pieces("👩‍💻 é ü", false)).toEqual([{ text: "👩‍💻 é ü" }]);
  });
});

test("a row shows the first 4,000 signs of a megabyte, quickly and never half of a pair", () => {
  const long = "k=v 😀 TICKET ".repeat(80_000);
  const begin = performance.now();
  const text = segments(long, "TICKET", hitPattern(["v"]), false).map((s) => s.text).join("");
  expect(performance.now() - begin).toBeLessThan(200);
  expect(text.length).toBeLessThanOrEqual(rowCut);
  expect(cut("ab😀", 3)).toBe("ab");
});

test("segments put together are the message", () => {
  const message = "POST /call/hold → 401 TICKET_EXPIRED callId=call-9f3c27 a=b=c 票据过期";
  expect(show(message, "TICKET_EXPIRED", ["票据", "hold"]).map((s) => s.slice(s.indexOf(":") + 1)).join("")).toBe(message);
});

describe("every event says something", () => {
  test.each([
    [{ msg: "m", raw: "r" }, "m"],
    [{ errorMsg: "e", raw: "r" }, "e"],
    [{ event: "callFunction", function: "checkTicket" }, "callFunction checkTicket"],
    [{ event: "get", collectionName: ["tickets", "seats"] }, "get tickets, seats"],
    [{ event: "POST", httpPath: "/call/hold" }, "POST /call/hold"],
    [{ raw: "NOTICE: 11-20" }, "NOTICE: 11-20"],
    [{ data: { a: 1 } }, '{"a":1}'],
    [{}, ""],
  ])("%o", (fields, message) => {
    expect(messageOf({ id: "1", time: "2026-11-20T00:00:00Z", ...fields })).toBe(message);
  });
});

test("a text of nothing but signs makes no page of boxes, and loses none of them", () => {
  const parts = pieces("\u202E\u0007".repeat(5000), true);
  expect(parts.length).toBeLessThan(500);
  expect(parts.map(({ text }) => text.replaceAll(/[‹›]/g, "")).join("")).toBe("RLOBEL".repeat(5000));
});
