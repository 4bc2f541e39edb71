// @vitest-environment node
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !/\.test\.|\.d\.ts$|^generated/.test(name));
const read = (name: string): string => readFileSync(FOLDER + name, "utf8");

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** What each file imports, types too, from where it stands: late imports are no circle, but a type of one is. */
const imports: Graph = new Map(files.map((name) => [name, new Set([...read(name).matchAll(/(?:from |import )"([^"]+)"/g)].flatMap(([, from = ""]) => fileOf(name, from) ?? []))]));

function fileOf(name: string, from: string): string | null {
  if (!from.startsWith("@/") && !from.startsWith(".")) return null;
  const path = from.startsWith("@/") ? from.slice(2) : normalize(join(dirname(name), from));
  return [path, `${path}.ts`, `${path}.tsx`].find((each) => /\.tsx?$/.test(each) && existsSync(FOLDER + each)) ?? null;
}

/** The folder that a file is of: each page is one of its own, and so is a file that stands in none. */
function folderOf(name: string): string {
  const parts = name.split("/");
  return parts[0] === "pages" && parts.length > 2 ? parts.slice(0, 2).join("/") : parts.length > 1 ? (parts[0] ?? "") : name;
}

/** The same between folders. */
function ofFolders(graph: Graph): Graph {
  const found = new Map<string, Set<string>>();
  for (const [name, others] of graph) {
    const here = found.get(folderOf(name)) ?? new Set();
    for (const other of others) if (folderOf(other) !== folderOf(name)) here.add(folderOf(other));
    found.set(folderOf(name), here);
  }
  return found;
}

/** A way that leads back to where it began, if there is one. */
function circle(graph: Graph): readonly string[] {
  const done = new Set<string>();
  const walk = (at: string, way: readonly string[]): readonly string[] => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
    if (done.has(at)) return [];
    done.add(at);
    for (const next of graph.get(at) ?? []) {
      const found = walk(next, [...way, at]);
      if (found.length > 0) return found;
    }
    return [];
  };
  for (const at of graph.keys()) {
    const found = walk(at, []);
    if (found.length > 0) return found;
  }
  return [];
}

it("a circle is found, and none where there is none", () => {
  const graph = (...edges: [string, string][]): Graph => new Map(edges.map(([from, to]) => [from, new Set([to])]));
  expect(circle(graph(["a", "b"], ["b", "c"], ["c", "b"]))).toEqual(["b", "c", "b"]);
  expect(circle(graph(["a", "b"], ["b", "c"]))).toEqual([]);
  expect(imports.get("App.tsx")?.has("api/Api.tsx")).toBe(true);
});

it("imports run one way: no file leads back to itself", () => {
  expect(circle(imports)).toEqual([]);
});

it("imports run one way between folders, too", () => {
  expect(circle(ofFolders(imports))).toEqual([]);
});

it("a name of a type has one meaning: no two files declare the same, but for the props of a part", () => {
  const found = new Map<string, string[]>();
  for (const name of files) {
    for (const [, type = ""] of read(name).matchAll(/^(?:export )?(?:interface|type|class) (\w+)\b(?! *\})/gm)) {
      if (type !== "Props") found.set(type, [...(found.get(type) ?? []), name]);
    }
  }
  expect([...found].filter(([, names]) => names.length > 1)).toEqual([]);
});
