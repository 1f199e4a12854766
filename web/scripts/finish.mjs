// After `next build`: what the gateway serves beside the files themselves. Their compressed forms, and out/pages.json with the hashes
// of each page's inline scripts for its Content-Security-Policy. Fails when a page loads more than LIMIT at first.
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const OUT = "out";
const TEXT = /\.(html|js|css|txt|json|svg)$/;
// First Load JS, gzipped.
const LIMIT = 300_000;
// Smaller files are not worth it.
const SMALL = 512;
const br = promisify(brotliCompress);
const gz = promisify(gzip);

const entries = await readdir(OUT, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && TEXT.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
const pages = {};
const packed = new Map();

async function finish(file) {
  const bytes = await readFile(file);
  if (file.endsWith(".html")) {
    const inline = bytes.toString().matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g);
    pages[relative(OUT, file)] = [...new Set([...inline].map(([, body]) => `sha256-${createHash("sha256").update(body).digest("base64")}`))].sort();
  }
  if (bytes.length < SMALL) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [small, zipped] = await Promise.all([br(bytes, { params }), gz(bytes, { level: 9 })]);
  packed.set(relative(OUT, file), zipped.length);
  await Promise.all([writeFile(`${file}.br`, small), writeFile(`${file}.gz`, zipped)]);
}

async function firstLoad(page) {
  const html = await readFile(join(OUT, page), "utf8");
  const scripts = new Set([...html.matchAll(/<script(?![^>]*nomodule)[^>]*\ssrc="\/([^"?]+)/gi)].map(([, src]) => decodeURIComponent(src)));
  return [...scripts].reduce((sum, src) => sum + (packed.get(src) ?? 0), 0);
}

await Promise.all(files.map(finish));
const sizes = await Promise.all(Object.keys(pages).sort().map(async (page) => [page, await firstLoad(page)]));
for (const [page, size] of sizes) console.log(`${(size / 1000).toFixed(0).padStart(5)} kB  ${page}`);
const heavy = sizes.filter(([, size]) => size > LIMIT).map(([page]) => page);
if (heavy.length) {
  console.error(`over ${LIMIT / 1000} kB of scripts at first: ${heavy.join(", ")}`);
  process.exit(1);
}
// Last: without it the gateway takes the folder for unfinished.
await writeFile(join(OUT, "pages.json"), JSON.stringify(pages));
