import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Question, SearchRun } from "./SearchRun";

const question = (q: string): Question => ({ q, project: "p", from: "a", to: "b", span: { from: 0, to: 1 } });
const scanned = { segments: 1, segmentsTotal: 1, rows: 1 };
const page = (ids: readonly number[], next?: string) =>
  [...ids.map((id) => JSON.stringify({ id: String(id), time: "t" })), JSON.stringify({ clewline: { partial: false, count: ids.length, scanned, ms: 1, next } })].join("\n");

/** Answers each request by its query; a promise that never ends stands for a slow one. */
let answers: Record<string, () => Response | Promise<Response>> = {};
beforeEach(() => {
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const params = new URL(path, "http://x").searchParams;
    const answer = answers[`${params.get("q") ?? ""}${params.get("cursor") ?? ""}`];
    return new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
      void Promise.resolve(answer?.() ?? new Response("", { status: 500 })).then(resolve);
    });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const ids = (run: SearchRun) => run.rows.all().map(({ id }) => id);
const never = () => new Promise<Response>(() => undefined);

test("reads pages, and no page twice", async () => {
  answers = { a: () => new Response(page([5, 4], "2")), a2: () => new Response(page([4, 3])) };
  const run = new SearchRun();
  await run.run(question("a"));
  expect(run.state()).toMatchObject({ phase: "done", more: "ready" });
  await Promise.all([run.readOn(), run.readOn()]);
  expect(ids(run)).toEqual(["5", "4", "3"]);
  expect(run.state()).toMatchObject({ more: "none" });
  await run.readOn();
  expect(ids(run)).toHaveLength(3);
});

test("keeps the last rows until the first new one, and for good after an error", async () => {
  answers = { a: () => new Response(page([1])), "(": () => new Response('{"error":{"code":"invalid_query","message":"No."}}', { status: 400 }), none: () => new Response(page([])) };
  const run = new SearchRun();
  await run.run(question("a"));
  await run.run(question("("));
  expect(ids(run)).toEqual(["1"]);
  expect(run.state()).toMatchObject({ phase: "failed", shown: { q: "a" }, question: { q: "(" } });
  await run.run(question("none"));
  expect(ids(run)).toEqual([]);
  expect(run.state()).toMatchObject({ phase: "done", shown: { q: "none" } });
});

test("a new run stops the one before; what that still brings is not shown", async () => {
  let late: (response: Response) => void = () => undefined;
  answers = { slow: () => new Promise((resolve) => (late = resolve)), b: () => new Response(page([2])) };
  const run = new SearchRun();
  const first = run.run(question("slow"));
  await run.run(question("b"));
  late(new Response(page([1])));
  await first;
  expect(ids(run)).toEqual(["2"]);
  expect(run.state()).toMatchObject({ phase: "done", shown: { q: "b" } });
});

test("says that it reads only when that takes longer than a glance, and can be stopped", async () => {
  vi.useFakeTimers();
  answers = { slow: never };
  const run = new SearchRun();
  void run.run(question("slow"));
  await vi.advanceTimersByTimeAsync(100);
  expect(run.state()).toMatchObject({ phase: "running", slow: false });
  await vi.advanceTimersByTimeAsync(100);
  expect(run.state()).toMatchObject({ phase: "running", slow: true });
  run.cancel();
  expect(run.state()).toMatchObject({ phase: "cancelled", slow: false });
});

test("a page that fails can be asked for again", async () => {
  let broken = true;
  answers = { a: () => new Response(page([2], "1")), a1: () => (broken ? new Response("oops", { status: 500 }) : new Response(page([1]))) };
  const run = new SearchRun();
  await run.run(question("a"));
  await run.readOn();
  expect(run.state()).toMatchObject({ more: "failed", phase: "done" });
  broken = false;
  await run.readOn();
  expect(ids(run)).toEqual(["2", "1"]);
});
