import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { DEFAULT_VIEW } from "@/url/view";
import { askedList } from "./listed";
import { drawnRows, scrolledTo, stepped } from "@/parts/rows";

const geometry = fc.record({ top: fc.integer({ min: -500, max: 2_000_000 }), height: fc.integer({ min: 1, max: 2_000 }), row: fc.integer({ min: 20, max: 200 }), total: fc.nat(20_000) });

describe("the rows of a long list", () => {
  it("are few, within the list, and all that is seen is among them", () => {
    fc.assert(
      fc.property(geometry, ({ top, height, row, total }) => {
        const { from, to } = drawnRows(top, height, row, total);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(Math.max(total, from));
        expect(to - from).toBeLessThan(height / row + 20);
        for (let index = 0; index < total; index += Math.ceil(total / 40)) {
          const seen = index * row < top + height && (index + 1) * row > Math.max(0, top);
          if (seen) expect(from <= index && index < to).toBe(true);
        }
      }),
    );
  });

  it("are scrolled to no further than is needed", () => {
    expect(scrolledTo(0, 100, 300, 50)).toBe(0);
    expect(scrolledTo(3, 100, 300, 50)).toBe(100);
    expect(scrolledTo(8, 100, 300, 50)).toBe(150);
  });

  it("end at their ends", () => {
    expect(stepped(-1, 1, 3)).toBe(0);
    expect(stepped(0, 1, 3)).toBe(1);
    expect(stepped(2, 1, 3)).toBeNull();
    expect(stepped(0, -1, 3)).toBeNull();
    expect(stepped(-1, 1, 0)).toBeNull();
  });
});

describe("a list as the API is asked for it", () => {
  it("has the period, the chatbot, the filters, the metric and the search of the address", () => {
    const view = { ...DEFAULT_VIEW, period: { first: "2026-03-01", last: "2026-03-07" }, metric: "unanswered_answers" as const, filters: [{ field: "language" as const, op: "is" as const, values: ["de"] as const }] };
    expect(askedList({ bot: "a,b", view, search: " sofa " })).toEqual({
      from: "2026-03-01",
      to: "2026-03-07",
      chatbots: ['["a,b"]'],
      filters: '[{"field":"language","op":"is","value":"de"}]',
      metric: "unanswered_answers",
      search: "sofa",
    });
  });

  it("asks for nothing that is not said", () => {
    expect(askedList({ bot: null, view: DEFAULT_VIEW, search: " " })).toEqual({ period: "30d" });
  });

  it("looks for no more than the API takes, and cuts no emoji in two", () => {
    expect(Array.from(askedList({ bot: null, view: DEFAULT_VIEW, search: "🛋".repeat(150) }).search ?? "")).toHaveLength(100);
  });
});
