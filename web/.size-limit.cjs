/* What the first view loads, and each chunk that comes later; gzip, as it is sent. */
const { readFileSync, existsSync } = require("node:fs");
const { join } = require("node:path");

const dist = join(__dirname, "../src/botlens/web/dist");
const manifestPath = join(dist, "manifest.json");
const manifest = existsSync(manifestPath) ? JSON.parse(readFileSync(manifestPath, "utf8")) : {};

/** A chunk and what it cannot do without. */
const withImports = (name, seen = new Set()) => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const each of manifest[name]?.imports ?? []) withImports(each, seen);
  return seen;
};
const first = withImports("index.html");
const files = (names, what) => [...new Set(names.flatMap(what))].map((file) => join(dist, file));
const later = Object.entries(manifest).filter(([name, chunk]) => !first.has(name) && chunk.file.endsWith(".js"));

module.exports = [
  { name: "JavaScript of the first view", path: files([...first], (name) => manifest[name]?.file ?? []).filter((file) => file.endsWith(".js")), limit: "150 kB", gzip: true },
  { name: "CSS of the first view", path: files([...first], (name) => manifest[name]?.css ?? []), limit: "12 kB", gzip: true },
  ...later.map(([name, chunk]) => ({ name: `later: ${name}`, path: join(dist, chunk.file), limit: "75 kB", gzip: true })),
];
