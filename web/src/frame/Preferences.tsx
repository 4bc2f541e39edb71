import { useState, type JSX } from "react";

import { Menu } from "@/popups/Popups";
import { LANGUAGES, OWN_NAMES, speak, useTexts } from "@/texts/texts";
import { chosenTheme, showTheme, THEMES } from "@/theme";
import style from "./Rail.module.css";

/** The theme and the language of the page, kept in this browser. */
export function Preferences(): JSX.Element {
  const { say, language } = useTexts();
  const [, drawAnew] = useState(0);
  const theme = chosenTheme(); // the palette chooses it, too
  const themes = THEMES.map((each) => ({
    id: each,
    text: say(`frame.theme.${each}`),
    current: each === theme,
    onPick: () => {
      showTheme(each, true);
      drawAnew((times) => times + 1);
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
