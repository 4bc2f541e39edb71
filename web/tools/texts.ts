import { compileMessage, type CompiledMessage } from "@lingui/message-utils/compileMessage";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const FOLDER = fileURLToPath(new URL("../src/texts", import.meta.url));
const PREFIX = "virtual:texts/";

/** All texts of one language: its folder in `src/texts`, one file a part of the page. */
export function textsOf(language: string): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name of files(language)) {
    const part = JSON.parse(readFileSync(`${FOLDER}/${language}/${name}`, "utf8")) as Record<string, string>;
    for (const [id, text] of Object.entries(part)) {
      if (id in all) throw new Error(`${language}/${name}: "${id}" is said twice.`);
      all[id] = text;
    }
  }
  return all;
}

function files(language: string): string[] {
  return readdirSync(`${FOLDER}/${language}`).filter((name) => name.endsWith(".json")).sort();
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
