// Fails when what a browser loads to show /search, framework and styles and
// the English sentences included, is more than 300 kB compressed by gzip.
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const limit = 300_000;
const dist = new URL("../dist/app/", import.meta.url);
const manifest = JSON.parse(await readFile(new URL(".vite/manifest.json", dist), "utf8"));

/** The entry, the search route, what starts with every page, and all that these import. */
const roots = ["index.html", "src/pages/search/SearchPage.tsx", "src/i18n/en/index.ts"];
const files = new Set(["index.html", "scheme.js"]);
const visit = (name) => {
  const chunk = manifest[name];
  if (chunk === undefined) throw new Error(`the manifest has no ${name}: build first, or correct this list`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) visit(imported);
};
for (const root of roots) visit(root);

let total = 0;
const sizes = await Promise.all(
  [...files].map(async (file) => {
    const size = gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
    return { file, size };
  }),
);
for (const { file, size } of sizes.toSorted((a, b) => b.size - a.size)) {
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  the first page, limit ${limit}`);
if (total > limit) {
  console.error(`The first page is ${total - limit} bytes over its limit. Make something lazy, or leave it out.`);
  process.exit(1);
}
