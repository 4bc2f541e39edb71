// @vitest-environment node
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const FOLDER = fileURLToPath(new URL("../src/", import.meta.url));
const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
const read = (name: string): string => readFileSync(FOLDER + name, "utf8");

it("style sheets have at most 250 lines", () => {
  expect(names.filter((name) => name.endsWith(".css") && read(name).trimEnd().split("\n").length > 250)).toEqual([]);
});

it("each class that a part names is in its style sheet: one that is not has no look, and nobody says so", () => {
  const missing: string[] = [];
  for (const name of names.filter((each) => each.endsWith(".tsx"))) {
    const code = read(name);
    for (const [, sheet = "", from = ""] of code.matchAll(/import (\w+) from "([^"]+\.module\.css)"/g)) {
      const styles = read(from.startsWith("@/") ? from.slice(2) : join(dirname(name), from));
      for (const [, used = ""] of code.matchAll(new RegExp(`(?<![.\\w])${sheet}\\.(\\w+)`, "g"))) {
        if (!new RegExp(`\\.${used}\\b`).test(styles)) missing.push(`${name}: ${used}`);
      }
    }
  }
  expect(missing).toEqual([]);
});
