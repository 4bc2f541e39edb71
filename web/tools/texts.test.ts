// @vitest-environment node
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setupI18n } from "@lingui/core";
import { compileMessage, type CompiledMessage } from "@lingui/message-utils/compileMessage";
import { describe, expect, it } from "vitest";

import { textsOf } from "./texts";

const english = textsOf("en");

/** All that is put into a text: its name, in which form ("plural", "number"), and what is written right behind it. */
function places(message: CompiledMessage): { name: string; form: string | undefined; behind: string }[] {
  if (!Array.isArray(message)) return [];
  return (message).flatMap((token, at) => {
    if (typeof token === "string") return [];
    const [name, form, choices] = token;
    const [inside, next] = [typeof choices === "object" && choices !== null ? Object.values(choices).flatMap((each) => places(each as CompiledMessage)) : [], message[at + 1]];
    return [{ name, form, behind: typeof next === "string" ? next : "" }, ...inside].filter((each) => each.name !== "#");
  });
}

const placeholders = (text: string): string[] => [...new Set(places(compileMessage(text)).map(({ name }) => name))].sort();

describe.each(["de"])("the texts in %s", (language) => {
  const texts = textsOf(language);

  it("are all there, and no more", () => {
    expect(Object.keys(english).filter((id) => !(id in texts))).toEqual([]);
    expect(Object.keys(texts).filter((id) => !(id in english))).toEqual([]);
  });

  it("name the same things in braces as the English ones", () => {
    for (const [id, text] of Object.entries(texts)) expect([id, placeholders(text)]).toEqual([id, placeholders(english[id] ?? "")]);
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

describe.each(["en", "de"])("counts in %s", (language) => {
  const all = Object.entries(textsOf(language)).map(([id, text]) => [id, compileMessage(text)] as const);
  const counting = all.flatMap(([id, message]) => places(message).filter(({ form }) => form === "plural").map(({ name }) => ({ id, name })));
  const i18n = setupI18n({ locale: language, messages: { [language]: Object.fromEntries(all) } });
  const said = (id: string, name: string, count: number): string => i18n._(id, { ...Object.fromEntries(places(compileMessage(textsOf(language)[id] ?? "")).map((each) => [each.name, each.form === "number" ? 7 : `<${each.name}>`])), [name]: count });

  it("are by plural rules wherever a noun stands behind a number", () => {
    const numbers = ["n", "days", "used", "limit", "total", "answers", "hours"];
    const nouns = all.filter(([, message]) => places(message).some(({ name, form, behind }) => numbers.includes(name) && form !== "plural" && /^ (?!of|von|new|neu|asked)\p{L}/u.test(behind)));
    expect(nouns.map(([id]) => id)).toEqual([]);
  });

  it("of one are another word than those of two", () => {
    const anyNumber = ["conversations.unanswered"]; // "1 unanswered", "2 unanswered"
    const bare = (text: string): string => text.replace(/\d+/g, "").trim();
    const same = counting.filter(({ id, name }) => bare(said(id, name, 1)) === bare(said(id, name, 2)));
    expect(same.map(({ id }) => id)).toEqual(anyNumber);
  });

  it("read well of none, one and two", () => {
    expect(counting.map(({ id, name }) => `${id}: ${[0, 1, 2].map((count) => said(id, name, count)).join(" | ")}`)).toMatchSnapshot();
  });
});
