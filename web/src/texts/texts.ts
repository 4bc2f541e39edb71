import { i18n, type Messages } from "@lingui/core";
import { useLingui } from "@lingui/react";
import { messages as english } from "virtual:texts/en";

import type { TextId } from "./ids";

export type { TextId } from "./ids";

/** The languages of the page. English is always there, the others are loaded when they are chosen. */
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each of them is called by those who speak it. */
export const OWN_NAMES = { en: "English", de: "Deutsch" } as const satisfies Record<Language, string>;

export type Values = Readonly<Record<string, string | number>>;
/** Says a text in the language of the page. */
export type Say = (id: TextId, values?: Values) => string;

const KEPT = "botlens:language";
const LOADED: Record<Language, () => Promise<Messages>> = {
  en: () => Promise.resolve(english),
  de: async () => (await import("virtual:texts/de")).messages,
};

i18n.load("en", english);
i18n.activate("en");

/** Make this the language of the page, from now on and, if asked to, at the next visit. */
export async function speak(language: Language, keep = false): Promise<void> {
  i18n.load(language, await LOADED[language]());
  i18n.activate(language);
  document.documentElement.lang = language;
  if (keep) kept()?.setItem(KEPT, language);
}

/** The language to begin with: the one that was chosen, else the first of the browser's that there is. */
export function firstLanguage(): Language {
  const wanted = [kept()?.getItem(KEPT), ...navigator.languages.map((each) => each.split("-")[0])];
  return LANGUAGES.find((language) => language === wanted.find((each) => LANGUAGES.some((known) => known === each))) ?? "en";
}

/** How dates, times and numbers are written: as the browser's people of that language write them (`en-GB`), else by the language alone. */
export function localeOf(language: Language): string {
  return navigator.languages.find((each) => each.split("-")[0] === language) ?? language;
}

/** Where this browser keeps things; none where it is not allowed to, as in frames of another site. */
function kept(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export const say: Say = (id, values) => i18n._(id, values);

/** Whether there is such a text; for ids that are put together of what the API sent, such as `error.CODE`. */
export function isText(id: string): id is TextId {
  return id in english;
}

/** The texts, in the language of the page; whoever uses this is drawn anew when it changes. */
export function useTexts(): { say: Say; language: Language } {
  const { i18n: active } = useLingui();
  return { say, language: active.locale as Language };
}
