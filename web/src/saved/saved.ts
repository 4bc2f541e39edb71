import type { AnswerOf } from "@/api/client";
import type { Address } from "@/url/address";
import { otherParameters, parseView, printView } from "@/url/url";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";

/** A page that somebody saved under a name, as the API keeps it. */
export type SavedView = AnswerOf<"/v1/views", "get">["views"][number];

/** What is open of the saved views: the form for a new name, for another name, or the question before deleting. */
export type OpenView = { readonly kind: "new" } | { readonly kind: "rename" | "delete"; readonly view: SavedView };

/** Which page it is, in the query that is kept; without, it is that of the chatbot or the overview. */
const PAGE = "page";
const PAGES = ["gaps", "conversations"] as const;

/** A page as it is kept: the query of its address and the chatbot; null where a page cannot be saved. */
export function savedOf(address: Address, view: View, others: Readonly<Record<string, string>>): Pick<SavedView, "query" | "chatbot_id"> | null {
  const of = (page: (typeof PAGES)[number] | null, chatbot: string | null): Pick<SavedView, "query" | "chatbot_id"> => ({
    query: printView(view, page === null ? others : { ...others, [PAGE]: page }).slice(1),
    chatbot_id: chatbot,
  });
  switch (address.page) {
    case "overview":
      return of(null, null);
    case "search":
      return of("conversations", null);
    case "bot":
      return of(null, address.bot);
    case "gaps":
    case "conversations":
      return of(address.page, address.bot);
    default:
      return null;
  }
}

/** The link to a page that was saved. */
export function linkToSaved(company: string, { query, chatbot_id: bot }: Pick<SavedView, "query" | "chatbot_id">): string {
  const { view } = parseView(query);
  const { [PAGE]: name, ...others } = otherParameters(query);
  const page = PAGES.find((each) => each === name);
  const address: Address =
    bot === null ? { page: page === "conversations" ? "search" : "overview", company }
    : page === "conversations" ? { page, company, bot, conversation: null }
    : page === "gaps" ? { page, company, bot, gap: null }
    : { page: "bot", company, bot };
  return linkTo(address, view, others);
}
