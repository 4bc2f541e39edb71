import { describe, expect, it } from "vitest";

import { matching, type Offer } from "./matching";

const offer = (text: string, group: string, also = ""): Offer => ({ id: text, group, text, also, onPick: () => undefined });
const OFFERS = [offer("Overview", "pages"), offer("Café Größe", "bots", "cafe-bot"), offer("Unanswered answers", "metrics"), offer("Answers", "metrics"), offer("Last 30 days", "periods")];
const found = (typed: string): string[] => matching(OFFERS, typed).map((each) => each.text);

describe("what the palette finds", () => {
  it("is everything while nothing is typed", () => {
    expect(found("  ")).toHaveLength(OFFERS.length);
  });

  it("has every word, without regard to case and accents, in the name or the id", () => {
    expect(found("CAFE")).toEqual(["Café Größe"]);
    expect(found("cafe-bot")).toEqual(["Café Größe"]);
    expect(found("days 30")).toEqual(["Last 30 days"]);
    expect(found("days 31")).toEqual([]);
  });

  it("has first what begins so", () => {
    expect(found("answers")).toEqual(["Answers", "Unanswered answers"]);
  });
});
