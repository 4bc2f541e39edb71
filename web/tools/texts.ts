import { compileMessage, type CompiledMessage } from "@lingui/message-utils/compileMessage";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const FOLDER = fileURLToPath(new URL("../src/texts", import.meta.url));
const PREFIX = "virtual:texts/";

/** What the page says more plainly than the API does, whose catalogue is for who builds on it. */
const PLAIN = "plain.json";
const CATALOGUE = "catalogue.json";

/** All texts of one language: its folder in `src/texts`, one file a part of the page; `plain.json` over `catalogue.json`. */
export function textsOf(language: string): Record<string, string> {
  const all: Record<string, string> = {};
  const catalogue = partOf(language, CATALOGUE);
  for (const name of files(language)) {
    const part = partOf(language, name);
    for (const [id, text] of Object.entries(part)) {
      if (name === PLAIN && !(id in catalogue)) throw new Error(`${language}/${name}: "${id}" is no text of the catalogue.`);
      if (name !== PLAIN && id in all) throw new Error(`${language}/${name}: "${id}" is said twice.`);
      all[id] = text;
    }
  }
  return all;
}

function partOf(language: string, name: string): Record<string, string> {
  return JSON.parse(readFileSync(`${FOLDER}/${language}/${name}`, "utf8")) as Record<string, string>;
}

/** The files of a language, the plain texts last: they are said instead of others. */
function files(language: string): string[] {
  const names = readdirSync(`${FOLDER}/${language}`).filter((name) => name.endsWith(".json")).sort();
  return [...names.filter((name) => name !== PLAIN), ...names.filter((name) => name === PLAIN)];
}

function compiled(language: string): Record<string, CompiledMessage> {
  return Object.fromEntries(Object.entries(textsOf(language)).map(([id, text]) => [id, compileMessage(text)]));
}

/** Serves `virtual:texts/en` and the like: the texts of a language, compiled for Lingui while building. */
export function texts(): Plugin {
  return {
    name: "botlens:texts",
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return undefined;
      const language = id.slice(PREFIX.length + 1);
      for (const name of files(language)) this.addWatchFile(`${FOLDER}/${language}/${name}`);
      return `export const messages = ${JSON.stringify(compiled(language))};`;
    },
  };
}
