import type { Row } from "@/figures";
import type { Sorting } from "@/parts/Table";
import type { Me } from "@/session/me";

export type OwnBot = Me["chatbots"][number];

/** A chatbot of the company with its figures; null: nothing happened to it in the period. */
export interface BotRow {
  readonly bot: OwnBot;
  readonly row: Row | null;
}

/** The orders that are not of figures, which are the API's; these are of names and times. */
export const OWN_ORDERS = ["chatbot", "last_event"] as const;

/** The chatbots in the order of an answer, or of their names or last events; those without a row come last. */
export function botRows(bots: readonly OwnBot[], rows: readonly Row[], { by, descending }: Sorting): BotRow[] {
  const known = new Map(bots.map((bot) => [bot.chatbot_id, bot]));
  const found = rows.flatMap((row): BotRow[] => {
    const bot = known.get(String(row.chatbot));
    return bot === undefined ? [] : [{ bot, row }];
  });
  const seen = new Set(found.map(({ bot }) => bot.chatbot_id));
  const all = [...found, ...bots.filter((bot) => !seen.has(bot.chatbot_id)).map((bot) => ({ bot, row: null }))];
  const key = by === "chatbot" ? nameOf : by === "last_event" ? lastOf : null;
  if (key === null) return all;
  const compared = (one: BotRow, other: BotRow): number => key(one.bot).localeCompare(key(other.bot));
  return all.sort(descending ? (one, other) => compared(other, one) : compared);
}

/** What a chatbot is called. */
export function nameOf(bot: OwnBot): string {
  return bot.name ?? bot.chatbot_id;
}

function lastOf(bot: OwnBot): string {
  return bot.last_event_at ?? "";
}
