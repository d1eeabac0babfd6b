import { describe, expect, test } from "vitest";
import { lines } from "./ndjson";
import { EventStreamParser } from "./sse";

function stream(parts: readonly Uint8Array[], onCancel: () => void = () => undefined): ReadableStream<Uint8Array> {
  let i = 0;
  return new ReadableStream({
    pull(controller) {
      const part = parts[i++];
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
    cancel: onCancel,
  });
}

/** Cuts bytes into pieces of a length, so that cuts fall inside of signs too. */
function pieces(text: string, length: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) => bytes.slice(i * length, (i + 1) * length));
}

async function all(body: ReadableStream<Uint8Array>): Promise<string[]> {
  const out: string[] = [];
  for await (const lot of lines(body)) out.push(...lot);
  return out;
}

describe("a stream of lines", () => {
  test("is the same wherever the network cuts it", async () => {
    const text = '{"msg":"票据过期 😀"}\n\n{"a":1}\r\n{"clewline":{}}\n';
    for (let length = 1; length < 12; length++) {
      expect((await all(stream(pieces(text, length)))).map((line) => line.trim())).toEqual(['{"msg":"票据过期 😀"}', '{"a":1}', '{"clewline":{}}']);
    }
  });

  test("gives a last line without its end", async () => {
    expect(await all(stream(pieces("a\nb", 2)))).toEqual(["a", "b"]);
    expect(await all(stream([]))).toEqual([]);
  });

  test("is cancelled when its reader leaves", async () => {
    let cancelled = false;
    for await (const lot of lines(stream(pieces("a\nb\nc\n", 2), () => (cancelled = true)))) {
      expect(lot).toEqual(["a"]);
      break;
    }
    expect(cancelled).toBe(true);
  });
});

describe("an event stream", () => {
  const text = ": heartbeat\r\n\r\nevent: open\ndata: {}\n\nid: 7\nevent: event\ndata: {\"a\":\ndata:1}\n\nevent: nothing\n\ndata\n\nretry: 5\rdata: x\r\r";
  const expected = [
    { type: "open", data: "{}", id: "" },
    { type: "event", data: '{"a":\n1}', id: "7" },
    { type: "message", data: "", id: "7" },
    { type: "message", data: "x", id: "7" },
  ];

  test("is read as the standard says, wherever it is cut", () => {
    for (let length = 1; length < 20; length++) {
      const parser = new EventStreamParser();
      const got = [];
      for (let at = 0; at < text.length; at += length) got.push(...parser.push(text.slice(at, at + length)));
      // A CR at the very end may be half of a CRLF: its message comes with the next sign.
      got.push(...parser.push(":\n"));
      expect(got).toEqual(expected);
    }
  });

  test("keeps half a message until the rest has come", () => {
    const parser = new EventStreamParser();
    expect(parser.push("\uFEFFdata: a\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ type: "message", data: "a", id: "" }]);
  });
});
