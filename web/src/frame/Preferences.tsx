import { useState, type JSX } from "react";

import { Menu } from "@/popups/Popups";
import { LANGUAGES, speak, useTexts } from "@/texts/texts";
import { chosenTheme, showTheme, THEMES } from "@/theme";
import style from "./Rail.module.css";

const OWN_NAMES = { en: "English", de: "Deutsch" } as const;

/** The theme and the language of the page, kept in this browser. */
export function Preferences(): JSX.Element {
  const { say, language } = useTexts();
  const [theme, setTheme] = useState(chosenTheme);
  const themes = THEMES.map((each) => ({
    id: each,
    text: say(`frame.theme.${each}`),
    current: each === theme,
    onPick: () => {
      setTheme(each);
      showTheme(each, true);
    },
  }));
  const languages = LANGUAGES.map((each) => ({
    id: each,
    text: OWN_NAMES[each],
    current: each === language,
    onPick: () => void speak(each, true),
  }));
  return (
    <div className={style.preferences}>
      <Menu look="quiet" label={say("frame.theme")} trigger="◐" groups={[{ title: say("frame.theme"), items: themes }]} />
      <Menu look="quiet" label={`${say("frame.language")}: ${language.toUpperCase()}`} trigger={language.toUpperCase()} groups={[{ title: say("frame.language"), items: languages }]} />
    </div>
  );
}
