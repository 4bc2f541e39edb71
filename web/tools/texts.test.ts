// @vitest-environment node
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { describe, expect, it } from "vitest";

import { textsOf } from "./texts";

const english = textsOf("en");
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? ""))].sort();

describe.each(["de"])("the texts in %s", (language) => {
  const texts = textsOf(language);

  it("are all there, and no more", () => {
    expect(Object.keys(english).filter((id) => !(id in texts))).toEqual([]);
    expect(Object.keys(texts).filter((id) => !(id in english))).toEqual([]);
  });

  it("name the same things in braces as the English ones", () => {
    for (const [id, text] of Object.entries(texts)) {
      const plural = /\{\w+, plural/.test(text);
      expect([id, plural ? ["n"] : placeholders(text)]).toEqual([id, plural ? ["n"] : placeholders(english[id] ?? "")]);
    }
  });

  it("are written out", () => {
    expect(Object.entries(texts).filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

it("can all be compiled", () => {
  for (const text of Object.values(english)) expect(compileMessage(text).length).toBeGreaterThan(0);
});

it("are all said: none is translated and sent to browsers for nothing", () => {
  const folder = fileURLToPath(new URL("../src/", import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^generated|^texts/.test(name));
  const code = sources.map((name) => readFileSync(folder + name, "utf8")).join("\n");
  const whole = new Set([...code.matchAll(/["`]([\w.]+)["`]/g)].map((found) => found[1]));
  const made = [...code.matchAll(/`(\w+\.(?:[\w.]|\$\{[^}`]*\})*)`/g)].map((found) => new RegExp(`^${(found[1] ?? "").split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\.")).join("[^.]+")}$`));
  expect(Object.keys(english).filter((id) => !whole.has(id) && !made.some((each) => each.test(id)))).toEqual([]);
});

it("are all ids of texts: each file of English texts stands in ids.ts", () => {
  const folder = new URL("../src/texts/", import.meta.url);
  const ids = readFileSync(new URL("ids.ts", folder), "utf8");
  for (const name of readdirSync(new URL("en/", folder))) expect(ids).toContain(`./en/${name}`);
});
