import { expect, test } from "vitest";
import { coversOrigin, isLocal, readOrigin } from "./origin";

test.each([
  ["https://phone.example.com", "https://phone.example.com"],
  ["  https://Phone.Example.com/app/index.html?x=1 ", "https://phone.example.com"],
  ["https://phone.example.com:443", "https://phone.example.com"],
  ["http://localhost:5173/", "http://localhost:5173"],
  ["localhost:5173", "http://localhost:5173"],
  ["phone.example.com", "https://phone.example.com"],
  ["https://电话.example", "https://xn--wny669b.example"],
  ["null", "null"],
  ["file:///home/me/page.html", "null"],
  ["*", "*"],
  ["https://*.example.com/x", "https://*.example.com"],
  ["*.example.com", "*.example.com"],
])("%j is the origin %j", (typed, origin) => {
  expect(readOrigin(typed)).toEqual({ ok: true, origin });
});

test.each([
  ["", "empty"],
  ["   ", "empty"],
  ["https://a.*.example.com", "wildcard"],
  ["https://*example.com", "wildcard"],
  ["https://*.com", "wildcard"],
  ["capacitor://localhost", "scheme"],
  ["wss://phone.example.com", "scheme"],
  ["https://me:secret@phone.example.com", "unreadable"],
  ["https://", "unreadable"],
  ["phone example", "unreadable"],
])("%j is refused as %s", (typed, why) => {
  expect(readOrigin(typed)).toEqual({ ok: false, why });
});

test("reading an origin again changes nothing", () => {
  for (const typed of ["phone.example.com/x", "localhost:80", "http://[::1]:8080/", "null", "*", "*.example.com", "https://*.example.com"]) {
    const once = readOrigin(typed);
    if (!once.ok) throw new Error(typed);
    expect(readOrigin(once.origin)).toEqual(once);
  }
});

test("an address of this machine only is known as such", () => {
  for (const host of ["localhost", "localhost:8377", "127.0.0.1:8377", "[::1]:80", "app.localhost"]) expect(isLocal(host), host).toBe(true);
  for (const host of ["logs.example.com", "localhost.example.com", "10.0.0.1"]) expect(isLocal(host), host).toBe(false);
});

test.each([
  [["https://a.example"], "https://a.example", true],
  [["https://a.example"], "http://a.example", false],
  [["https://*.example.com"], "https://phone.example.com", true],
  [["https://*.example.com"], "https://a.b.example.com", true],
  [["https://*.example.com"], "https://example.com", false],
  [["https://*.example.com"], "https://evilexample.com", false],
  [["https://*.example.com"], "http://phone.example.com", false],
  [["*.example.com"], "http://phone.example.com:3000", true],
  [["*"], "null", true],
  [["null"], "null", true],
  [[], "https://a.example", false],
])("%j covers %s: %s", (list, origin, covered) => {
  expect(coversOrigin(list, origin)).toBe(covered);
});
