import { useSession } from "@/session/Session";
import { LANGUAGES, OWN_NAMES, speak, useTexts } from "@/texts/texts";
import { showTheme, THEMES } from "@/theme";
import { FOR_ALL, SECTIONS } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import { COMPARISONS } from "@/url/view";
import type { Offer } from "./matching";

/** What the palette does besides going to bots and figures: settings, other companies, comparison, theme, language. */
export function useActions(company: string, hasView: boolean): readonly Offer[] {
  const { say } = useTexts();
  const { me, admin } = useSession();
  const { view, change } = useView();
  const settings = SECTIONS.filter((section) => admin || FOR_ALL.has(section)).map((section): Offer => ({
    id: `settings ${section}`,
    group: say("palette.pages"),
    text: `${say("frame.settings")}: ${say(`settings.${section}`)}`,
    onPick: () => { go(linkTo({ page: "settings", company, section })); },
  }));
  const others = me.companies.filter((each) => each.company_id !== company).map((each): Offer => ({
    id: `company ${each.company_id}`,
    group: say("session.companies"),
    text: each.name,
    also: each.company_id,
    onPick: () => { go(linkTo({ page: "overview", company: each.company_id })); },
  }));
  const comparisons = (hasView ? COMPARISONS : []).map((way): Offer => ({
    id: `compare ${way}`,
    group: say("palette.actions"),
    text: say(`compare.${way}`),
    ...(way === "none" ? { hint: "X" } : {}),
    onPick: () => { change({ compare: { with: way, weekday: way !== "none" && view.compare.weekday } }); },
  }));
  const themes = THEMES.map((theme): Offer => ({
    id: `theme ${theme}`, group: say("palette.actions"), text: `${say("frame.theme")}: ${say(`frame.theme.${theme}`)}`, onPick: () => { showTheme(theme, true); },
  }));
  const languages = LANGUAGES.map((each): Offer => ({
    id: `language ${each}`, group: say("palette.actions"), text: `${say("frame.language")}: ${OWN_NAMES[each]}`, onPick: () => void speak(each, true),
  }));
  const print: Offer = { id: "print", group: say("palette.actions"), text: say("palette.print"), onPick: () => { setTimeout(() => { window.print(); }, PRINT_MS); } };
  return [...settings, ...others, ...comparisons, ...themes, ...languages, print];
}

/** Until the palette is gone, so that it is not on the paper. */
const PRINT_MS = 300;
