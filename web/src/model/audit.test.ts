import { expect, test } from "vitest";
import { actorOf, filterOf } from "./audit";

test("the address holds the filter", () => {
  expect(filterOf({ actor: "user:ada", of: "shop", project: "bank" })).toEqual({ actor: "user:ada", action: "", project: "shop", from: "" });
});

test("an actor is somebody of a kind", () => {
  expect(actorOf("user:ada:b")).toEqual({ kind: "user", name: "ada:b" });
  expect(actorOf("address:2001:db8::1")).toEqual({ kind: "address", name: "2001:db8::1" });
  expect(actorOf("local")).toEqual({ kind: "local", name: "local" });
  expect(actorOf("odd:x")).toEqual({ kind: "local", name: "odd:x" });
});
