import { describe, expect, it } from "vitest";

import { behind, filteredBy, narrowed } from "./behind";
import { DEFAULT_VIEW } from "./view";

const place = { company: "acme", bot: "shop" };
const german = { ...DEFAULT_VIEW, filters: [{ field: "language", op: "is", values: ["de"] }] as const };

describe("what is behind a figure", () => {
  it("is the list of conversations of its period, filters, keys and metric", () => {
    expect(behind(place, german, "csat", { day: "2026-03-01" })).toBe("/c/acme/b/shop/conversations?f=language,is,de&f=day,is,2026-03-01&m=csat");
  });

  it("keeps null apart from a text, and is no link where the field has no null", () => {
    expect(filteredBy(place, DEFAULT_VIEW, { channel: null })).toBe("/c/acme/b/shop?f=channel,is,~0");
    expect(filteredBy(place, DEFAULT_VIEW, { language: null })).toBeUndefined();
  });

  it("of an hour in time is that one, also where clocks show it twice", () => {
    expect(behind(place, DEFAULT_VIEW, "csat", { date_hour: "2026-10-25T02:00:00+01:00" })).toBe("/c/acme/b/shop/conversations?f=date_hour,is,2026-10-25T02:00:00%2B01:00&m=csat");
  });

  it("of all chatbots is among the conversations of all", () => {
    expect(behind({ company: "acme", bot: null }, DEFAULT_VIEW, "csat")).toBe("/c/acme/conversations?m=csat");
    expect(filteredBy({ company: "acme", bot: null }, DEFAULT_VIEW, { language: "de" })).toBe("/c/acme/?f=language,is,de");
  });

  it("has each filter once", () => {
    expect(narrowed(german, { language: "de" })?.filters).toHaveLength(1);
  });
});
