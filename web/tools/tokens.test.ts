// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { contrast } from "../src/format/contrast.ts";
import { ALL_SIGHTS, difference } from "./colors";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
const found = [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
const TOKENS: Record<"light" | "dark", Record<string, string | undefined>> = {
  light: Object.fromEntries(found.map(([, name, light]) => [name ?? "", light])),
  dark: Object.fromEntries(found.map(([, name, , dark]) => [name ?? "", dark])),
};
const THEMES = ["light", "dark"] as const;
const GROUNDS = ["surface", "bg", "sunken"];
const series = [1, 2, 3, 4, 5].map((at) => `series-${String(at)}`);
const heat = [1, 2, 3, 4, 5, 6, 7].map((at) => `heat-${String(at)}`);

describe.each(THEMES)("the %s theme", (theme) => {
  const color = (name: string): string => {
    const value = TOKENS[theme][name];
    if (value === undefined) throw new Error(`There is no colour --${name}.`);
    return value;
  };

  it.each(["text", "text-2", "text-3", "accent"].flatMap((ink) => GROUNDS.map((ground) => [ink, ground] as const)))(
    "has %s to be read on %s (4.5)",
    (ink, ground) => {
      expect(contrast(color(ink), color(ground))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([
    ["good", "surface"],
    ["bad", "surface"],
    ["warn", "surface"],
    ["accent-ink", "accent"],
    ["text", "bar"],
    ["text-2", "bar"],
    ["text", "mark"],
    ["bad", "bg"],
    ["bad", "bar"],
    ["bad", "hover"],
    ["bad", "sunken"],
    ["text", "hover"],
    ["text-2", "hover"],
    ["text-3", "hover"],
    ["text-3", "sunken"],
    ["text", "heat-1"],
    ["text", "heat-2"],
    ["text", "heat-3"],
    ["text", "heat-4"],
    ["heat-ink-5", "heat-5"],
    ["heat-ink-6", "heat-6"],
    ["heat-ink-6", "heat-7"],
  ])("has %s to be read on %s (4.5)", (ink, ground) => {
    expect(contrast(color(ink), color(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(["control", ...series])("has %s to be seen on the surface (3)", (name) => {
    expect(contrast(color(name), color("surface"))).toBeGreaterThanOrEqual(3);
  });

  it.each(ALL_SIGHTS)("has series that %s sight tells apart (10)", (sight) => {
    const pairs = series.flatMap((one, at) => series.slice(at + 1).map((other) => difference(color(one), color(other), sight)));
    expect(Math.min(...pairs)).toBeGreaterThanOrEqual(10);
  });

  it.each(ALL_SIGHTS)("has steps of heat whose neighbours %s sight tells apart (7)", (sight) => {
    const steps = heat.slice(1).map((step, at) => difference(color(heat[at] ?? ""), color(step), sight));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(7);
  });
});

describe("what is computed of colours", () => {
  it("gives the contrast of black and white, and of a colour that WCAG names", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });

  it("gives 0 for the same, and what is published for a pair", () => {
    expect(difference("#123456", "#123456")).toBe(0);
    expect(difference("#ffffff", "#000000")).toBeCloseTo(100, 0);
  });
});
