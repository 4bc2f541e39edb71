import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { contrast } from "@/format/contrast";
import { accentTokens, GROUNDS, tokensOf, type Scheme } from "./accent";

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
const of = (tokens: Record<string, string>, name: string): string => tokens[name] ?? "none";

describe.each(["light", "dark"] as const)("an accent in the %s theme", (scheme: Scheme) => {
  it("can be read on every ground, and text on it, whatever colour somebody chose", () => {
    fc.assert(
      fc.property(color, (accent) => {
        const tokens = tokensOf(accent, scheme);
        const { surface, bg, sunken, text } = GROUNDS[scheme];
        for (const ground of [surface, bg, sunken]) expect(contrast(of(tokens, "accent"), ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(of(tokens, "series-1"), surface)).toBeGreaterThanOrEqual(3);
        expect(contrast(of(tokens, "accent-ink"), of(tokens, "accent"))).toBeGreaterThanOrEqual(4.5);
        for (const name of ["bar", "heat-1", "heat-2", "heat-3", "heat-4"]) expect(contrast(text, of(tokens, name))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(of(tokens, "heat-ink-5"), of(tokens, "heat-5"))).toBeGreaterThanOrEqual(4.5);
        for (const name of ["heat-6", "heat-7"]) expect(contrast(of(tokens, "heat-ink-6"), of(tokens, name))).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 2_000 },
    );
  });

  it("stays what was chosen where that can be read", () => {
    expect(tokensOf("#006dd6", "light").accent).toBe("#006dd6");
    expect(tokensOf("#62a6fd", "dark").accent).toBe("#62a6fd");
    expect(tokensOf("#ffff00", "light").accent).not.toBe("#ffff00");
  });
});

it("is set against the colours that the page has", () => {
  const css = readFileSync("src/styles/tokens.css", "utf8");
  for (const name of ["surface", "bg", "sunken", "text"] as const) {
    expect(css).toContain(`--${name}: light-dark(${GROUNDS.light[name]}, ${GROUNDS.dark[name]});`);
  }
});

it("sets tokens that there are, for both themes", () => {
  const css = readFileSync("src/styles/tokens.css", "utf8");
  for (const [name, value] of accentTokens("#aa00ff")) {
    expect(css).toContain(`${name}: light-dark(`);
    expect(value).toMatch(/^light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\)$/);
  }
});
