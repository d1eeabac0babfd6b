import { afterEach, describe, expect, test, vi } from "vitest";
import { address, ApiError, get, OfflineError, send } from "./client";
import { connection, ConnectionWatch } from "./connection";
import { CutError, search } from "./search";
import { tail } from "./tail";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  connection.answered();
});

const answer = (body: string, init: ResponseInit = {}) => vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, init)));

test("an address holds what is there and leaves out what is not", () => {
  expect(address("/v1/search", { q: "a b&c", cursor: undefined, from: "", limit: 0 })).toBe("/v1/search?q=a+b%26c&limit=0");
  expect(address("/v1/me")).toBe("/v1/me");
});

describe("a refusal", () => {
  test("carries the server's sentence, its column and what was wanted", async () => {
    answer('{"error":{"code":"invalid_query","message":"No.","column":5,"want":"a value"}}', { status: 400 });
    const error = await get("/v1/check").catch((err: unknown) => err);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, code: "invalid_query", message: "No.", column: 5, want: "a value", setup: false });
  });

  test("says how long to wait, and that nobody is there yet", async () => {
    answer('{"error":{"code":"slow_down","message":"Wait."}}', { status: 429, headers: { "Retry-After": "60" } });
    expect(await send("POST", "/v1/login", {}).catch((err: unknown) => err)).toMatchObject({ retryAfter: 60 });
    answer('{"error":{"code":"unauthorized","message":"Log in."},"setup":true}', { status: 401 });
    expect(await get("/v1/me").catch((err: unknown) => err)).toMatchObject({ status: 401, setup: true });
  });

  test("that is no JSON is still told", async () => {
    answer("<html>what?</html>", { status: 500 });
    expect(await get("/v1/me").catch((err: unknown) => err)).toMatchObject({ status: 500, code: "internal", message: "<html>what?</html>" });
  });
});

test("no answer, or one of a proxy, is no refusal: the line is lost", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await get("/v1/me").catch((err: unknown) => err)).toBeInstanceOf(OfflineError);
  expect(connection.get().state).toBe("offline");
  connection.answered();
  answer("Bad Gateway", { status: 502 });
  expect(await get("/v1/me").catch((err: unknown) => err)).toBeInstanceOf(OfflineError);
});

test("an empty answer to a change is nothing", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(null, { status: 204 })));
  expect(await send("DELETE", "/v1/keys/k_1")).toBeUndefined();
});

test("the line asks by itself after 2, 4, 8, 15 and each 30 s, and says from when to when it was broken", async () => {
  vi.useFakeTimers({ now: 0 });
  const asked: number[] = [];
  let up = false;
  const watch = new ConnectionWatch(() => {
    asked.push(Date.now());
    return Promise.resolve(up);
  });
  watch.lost();
  watch.lost();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([2000, 6000, 14_000, 29_000, 59_000]);
  up = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(watch.get()).toEqual({ state: "online", back: { from: 0, to: 89_000 } });
  await vi.advanceTimersByTimeAsync(6000);
  expect(watch.get()).toEqual({ state: "online" });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked).toHaveLength(6);
});

describe("a search", () => {
  const asked = { q: "", from: "", to: "", project: "p" };

  test("hands over rows as they come, and its closing line at the end", async () => {
    answer('{"id":"2","time":"t"}\n{"id":"1","time":"t"}\n{"clewline":{"partial":false,"count":2,"scanned":{},"ms":1}}\n');
    const rows: string[] = [];
    const end = await search(asked, { limit: 2 }, (lot) => rows.push(...lot.map(({ id }) => id)), new AbortController().signal);
    expect(rows).toEqual(["2", "1"]);
    expect(end.count).toBe(2);
  });

  test("without its closing line was cut, whatever it brought", async () => {
    answer('{"id":"2","time":"t"}\n');
    await expect(search(asked, { limit: 2 }, () => undefined, new AbortController().signal)).rejects.toBeInstanceOf(CutError);
  });

  test("an event that has a field named clewline is an event", async () => {
    answer('{"id":"1","time":"t","clewline":{"count":9}}\n{"clewline":{"count":1}}\n');
    const rows: string[] = [];
    expect((await search(asked, { limit: 2 }, (lot) => rows.push(...lot.map(({ id }) => id)), new AbortController().signal)).count).toBe(1);
    expect(rows).toEqual(["1"]);
  });
});

test("a live tail takes a broken line up again, says from when, and stops for good when it is told to", async () => {
  vi.useFakeTimers({ now: 0 });
  let calls = 0;
  vi.stubGlobal("fetch", () => {
    calls++;
    return Promise.resolve(new Response(`event: open\ndata: {}\n\nevent: event\ndata: {"id":"${calls}","time":"t"}\n\nevent: dropped\ndata: {"count":3}\n\n`));
  });
  const heard: string[] = [];
  const stop = tail("q", "p", {
    open: (again, since) => heard.push(`open ${again} ${since}`),
    events: (lot) => heard.push(...lot.map(({ id }) => `event ${id}`)),
    dropped: (count) => heard.push(`dropped ${count}`),
    broken: (nextTry) => heard.push(`broken ${nextTry}`),
    refused: () => heard.push("refused"),
  });
  await vi.advanceTimersByTimeAsync(1500);
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual(["open false undefined", "dropped 3", "event 1", "broken 1000", "open true 0", "dropped 3", "event 2", "broken 2000"]);
  expect(calls).toBe(2);
});

test("a live tail that is refused does not try again", async () => {
  vi.useFakeTimers({ now: 0 });
  answer('{"error":{"code":"invalid_query","message":"No."}}', { status: 400 });
  const heard: string[] = [];
  tail("(", "p", { open: () => undefined, events: () => undefined, dropped: () => undefined, broken: () => heard.push("broken"), refused: (err) => heard.push(err.message) });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual(["No."]);
});
