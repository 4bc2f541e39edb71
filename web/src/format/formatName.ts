/** The name of a language by its code; null if there is none to say (`und`, null, empty). */
export function formatLanguage(code: string | null | undefined, locale: string): string | null {
  if (code === null || code === undefined || code === "" || code.toLowerCase() === "und") return null;
  try {
    return new Intl.DisplayNames([locale], { type: "language", fallback: "code" }).of(code) ?? code;
  } catch {
    return code; // not a code of a language: as it was sent
  }
}

/** Several things as a sentence says them: "a, b and c". */
export function formatList(things: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(things);
}
