import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Place, sourceOf, sources, variantOf } from "./snippets";

const place: Place = { endpoint: "https://logs.example.com", key: "pk_4Zt0aBq7X2wJ9s", app: "web-phone", now: new Date("2026-11-21T14:02:09.123Z") };
const all = sources.flatMap((source) => source.variants.map((variant) => ({ name: `${source.id}/${variant.id}`, variant })));

test.each(all)("$name names this server, this key, and no other host", ({ variant }) => {
  const snippets = variant.snippets(place);
  const code = snippets.map((snippet) => snippet.code).join("\n");
  expect(code).toContain(place.endpoint);
  expect(code).toContain(place.key);
  for (const [, host] of code.matchAll(/https?:\/\/([^/'"\s]+)/g)) expect(host).toBe("logs.example.com");
  expect(snippets.filter((snippet) => snippet.purpose === "try").length).toBeLessThanOrEqual(1);
});

test.each(all)("$name stays harmless with an app named like an attack", ({ variant }) => {
  const dir = mkdtempSync(join(tmpdir(), "snippet-"));
  const proof = join(dir, "proof");
  const evil = `x'; touch ${proof}; echo $(touch ${proof}) </script> \`touch ${proof}\` "`;
  try {
    for (const { code, language } of variant.snippets({ ...place, app: evil })) {
      // The commands themselves do nothing here; the shell only reads the words.
      if (language === "sh") execFileSync("sh", ["-c", `curl() { :; }; clewline() { :; }; npm() { :; }; ${code}`]);
      // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- only parsed
      if (language === "js") expect(() => new Function(code.replaceAll(/^import .*$/gm, "").replaceAll("await ", ""))).not.toThrow();
      if (language === "html") expect(code.match(/<\/script>/g)).toHaveLength(2);
    }
    expect(existsSync(proof)).toBe(false);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("the page's script is code that a browser can read", () => {
  const [html] = variantOf(sourceOf("web"), "script").snippets(place);
  const inline = /<script>\n([\s\S]*)<\/script>/.exec(html?.code ?? "")?.[1] ?? "";
  const sent: unknown[] = [];
  class T {
    static $use(plugin: string, options: unknown) {
      sent.push(plugin, options);
    }
    constructor(label: string) {
      sent.push(label);
    }
    $log(...args: unknown[]) {
      sent.push(...args);
    }
  }
  // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- running it is the point
  new Function("Clewline", inline)({ T, logReport: "log-report" });
  expect(sent).toEqual(["log-report", { endpoint: place.endpoint, app: "web-phone", key: place.key }, "call", "ringing", { callId: "call-1" }]);
});

test("the line that tries the Prism norm carries the norm's required fields, and its own moment", () => {
  const code = variantOf(sourceOf("prism"), "send").snippets(place)[0]?.code ?? "";
  expect(code).toContain("NOTICE: 26-11-21 14:02:09 [optime=1795269729.123 product=web-phone subsys=api module=dispatch logid=");
  expect(code).toMatch(/--format prism --app web-phone -\n$/);
});

test("an address that names no source, or no variant, shows the first", () => {
  expect(sourceOf("nonsense").id).toBe("web");
  expect(variantOf(sourceOf("http"), undefined).id).toBe("curl");
  expect(variantOf(sourceOf("http"), "go").id).toBe("go");
});

test("browser keys are asked for where code runs in pages, and nowhere else", () => {
  expect(sources.filter((source) => source.keyType === "browser").map((source) => source.id)).toEqual(["web"]);
});
