import { periodText } from "../PeriodMenu";
import type { RailBot } from "../Rail";
import type { MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { METRICS } from "@/generated/catalogue";
import { useSession } from "@/session/Session";
import { linkToSaved } from "@/saved/saved";
import { useSavedViews } from "@/saved/useSaved";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { go, linkTo, useView } from "@/url/useView";
import { DEFAULT_VIEW } from "@/url/view";
import type { Offer } from "./matching";
import { PERIOD_KEYS, periodOf } from "./periods";
import { useActions } from "./useActions";

interface Offers {
  readonly offers: readonly Offer[];
  /** What was typed, taken as the id of a conversation of a chatbot. */
  readonly byId: (typed: string) => readonly Offer[];
}

/** Everything that the palette offers here. */
export function useOffers(address: Extract<Address, { company: string }>, bots: readonly RailBot[], onSheet: () => void): Offers {
  const { say } = useTexts();
  const formats = useFormats();
  const { view, change } = useView();
  const { company } = address;
  const saved = useSavedViews(useSession().has("views"));
  const bot = "bot" in address ? address.bot : null;
  const hasView = address.page !== "settings";
  const actions = useActions(company, hasView);
  const kept = { ...view, metric: null };
  const page = (text: string, to: Address, hint?: string): Offer => ({
    id: `page ${JSON.stringify(to)}`, group: say("palette.pages"), text, ...(hint === undefined ? {} : { hint }), onPick: () => { go(linkTo(to, "bot" in to || to.page === "overview" || to.page === "search" ? kept : undefined)); },
  });
  const ofBot = bot === null ? [] : [
    page(say("gaps.title"), { page: "gaps", company, bot, gap: null }),
    page(say("conversations.title"), { page: "conversations", company, bot, conversation: null }),
  ];
  const offers: Offer[] = [
    ...ofBot,
    page(say("frame.overview"), { page: "overview", company }, "G O"),
    ...(bot === null ? [page(say("conversations.title"), { page: "search", company })] : []),
    { id: "sheet", group: say("palette.pages"), text: say("keys.title"), hint: "?", onPick: onSheet },
    ...bots.map((each) => ({ id: `bot ${each.id}`, group: say("frame.bots"), text: each.name, also: each.id, onPick: () => { go(linkTo({ page: "bot", company, bot: each.id }, kept)); } })),
    ...saved.map((each) => ({ id: `view ${each.id}`, group: say("palette.views"), text: each.name, onPick: () => { go(linkToSaved(company, each)); } })),
    ...actions,
    ...(hasView ? (Object.keys(PERIOD_KEYS) as (keyof typeof PERIOD_KEYS)[]) : []).map((key) => ({
      id: `period ${key}`, group: say("palette.periods"), text: periodText(periodOf(key), say, formats), hint: key.toUpperCase(), onPick: () => { change({ period: periodOf(key) }); },
    })),
    ...(Object.keys(METRICS) as MetricName[]).map((metric) => ({
      id: `metric ${metric}`,
      group: say("palette.metrics"),
      text: say(`metric.${metric}.label`),
      also: metric,
      onPick: () => { go(linkTo(bot === null ? { page: "overview", company } : { page: "bot", company, bot }, { ...view, metric })); },
    })),
  ];
  const byId = (typed: string): Offer[] => {
    const id = typed.trim();
    if (id === "") return [];
    const all = { ...DEFAULT_VIEW, period: { name: "all" } } as const;
    const search: Offer = { id: "search", group: say("palette.conversations"), text: say("palette.search", { text: id }), onPick: () => { go(linkTo(bot === null ? { page: "search", company } : { page: "conversations", company, bot, conversation: null }, kept, { q: id })); } };
    const named: Offer = {
      id: "conversation",
      group: say("palette.conversations"),
      text: say("palette.conversation", { id }),
      onPick: () => {
        if (bot !== null) go(linkTo({ page: "conversations", company, bot, conversation: id }, kept));
        else go(linkTo({ page: "search", company }, { ...all, filters: [{ field: "conversation", op: "is", values: [id] }] }));
      },
    };
    return [search, named];
  };
  return { offers, byId };
}
