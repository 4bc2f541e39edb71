/** Which theme the page has: that of the system, or one that was chosen here. */
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "botlens:theme";

/** The theme that was chosen in this browser. */
export function chosenTheme(): Theme {
  try {
    const kept = window.localStorage.getItem(KEPT);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

/** Show the page in a theme, from now on and, if asked to, at the next visit. */
export function showTheme(theme: Theme, keep = false): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  if (!keep) return;
  try {
    window.localStorage.setItem(KEPT, theme);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
}
