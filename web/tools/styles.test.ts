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

it("style sheets know no left and right, no width and height: what is read from right to left is mirrored by itself", () => {
  const physical = /^\s*(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)[\w-]*|border-(?:top|bottom)-(?:left|right)-radius|left|right|top|bottom|(?:min-|max-)?(?:width|height)|float|(?:text-align|clear|caption-side)\s*:\s*(?:left|right|top|bottom))\s*(?=[:;])/;
  const found = names.filter((name) => name.endsWith(".css")).flatMap((name) => read(name).split("\n").flatMap((line, at) => (physical.test(line) ? [`${name}:${String(at + 1)}: ${line.trim()}`] : [])));
  expect(found).toEqual([]);
  expect(["  margin-left: 1px;", "left: 0;", "  text-align: right;", "  width: 1px;"].every((line) => physical.test(line))).toBe(true);
  expect(["  stroke-width: 1px;", "  line-height: 1;", "  text-align: start;", "@media (max-width: 699px) {"].some((line) => physical.test(line))).toBe(false);
});

it("time runs from left to right in every language: whatever has it as an axis says so", () => {
  for (const [sheet, part] of [["charts/LineChart.module.css", ".chart"], ["charts/Heat.module.css", ".grid"], ["frame/Bar.module.css", ".joined"]] as const) {
    const rules = [...read(sheet).matchAll(/^([^{}@]+)\{([^}]*)\}/gm)].filter(([, of = ""]) => of.replace(/\/\*[^]*?\*\//g, "").trim() === part);
    expect([sheet, rules.some(([, , body = ""]) => body.includes('direction: ltr;'))]).toEqual([sheet, true]);
  }
});
