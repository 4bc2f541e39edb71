import { describe, expect, it } from "vitest";

import { sealed } from "@/format/magnitude";
import { DEFAULT_VIEW } from "@/url/view";
import { botRows, type OwnBot } from "./botRows";
import { questionsOf, readSorting } from "./questions";

const bot = (id: string, name: string | null, last: string | null): OwnBot => ({ chatbot_id: id, name, timezone: "UTC", is_published: true, first_event_at: null, last_event_at: last });
const BOTS = [bot("a", "Zoo", "2026-03-01T00:00:00Z"), bot("b", null, "2026-03-03T00:00:00Z"), bot("c", "Bank", null)];
const ROWS = [{ chatbot: "b", conversations: sealed(9) }, { chatbot: "a", conversations: sealed(3) }, { chatbot: "gone", conversations: sealed(1) }];
const order = (by: string, descending: boolean): string[] => botRows(BOTS, ROWS, { by, descending }).map((each) => each.bot.chatbot_id);

describe("the chatbots of a company", () => {
  it("stand in the order of the answer, also those that nobody talked to, and no others", () => {
    expect(order("conversations", true)).toEqual(["b", "a", "c"]);
    expect(botRows(BOTS, ROWS, { by: "conversations", descending: true })[2]?.row).toBeNull();
  });

  it("can stand by their names and last events", () => {
    expect(order("chatbot", false)).toEqual(["b", "c", "a"]);
    expect(order("last_event", true)).toEqual(["b", "a", "c"]);
  });

  it("are ordered as the address says, else the most talked to first", () => {
    expect(readSorting("csat")).toEqual({ by: "csat", descending: false });
    expect(readSorting("-last_event")).toEqual({ by: "last_event", descending: true });
    expect(readSorting("nonsense")).toEqual({ by: "conversations", descending: true });
  });

  it("are asked for so that no answer is too long, however many there are", () => {
    const asked = (bots: number) => questionsOf(DEFAULT_VIEW, "day", "day", readSorting("chatbot"), bots);
    expect(asked(6).trends?.dimensions).toEqual(["chatbot", "day"]);
    expect(asked(300).trends?.dimensions).toEqual(["chatbot", "week"]);
    expect(asked(1_000).trends).toBeUndefined();
    expect(asked(6).bots.order_by).toBe("-conversations"); // names are not the API's to order
  });
});
