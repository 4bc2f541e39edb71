import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { FieldName, FilterValue, MetricName } from "@/figures";
import { FIELDS, METRICS } from "@/generated/catalogue";
import { askedBy } from "@/api/asked";
import { otherParameters, parseView, printView, spoken } from "./url";
import { COMPARISONS, DEFAULT_VIEW, OPERATORS, type Filter, type Period, type View } from "./view";

const texts = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("a,b", "~", "~0", "~,", "x/y?z#&=", "50% off", "+1 2", "🛋️", "日本語", "\u202Eabc", '"quoted"', "(x).", ""),
);
const dates = fc.date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));

function valuesOf(field: FieldName): fc.Arbitrary<FilterValue> {
  const { type, nullable }: { type: string; nullable: boolean } = FIELDS[field];
  const known: fc.Arbitrary<FilterValue> =
    type === "flag" ? fc.boolean()
    : type === "number" ? fc.integer()
    : type === "decimal" ? fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)
    : type === "date" ? dates
    : type === "month" ? dates.map((date) => date.slice(0, 7))
    : texts;
  return nullable ? fc.option(known) : known;
}

const filters: fc.Arbitrary<Filter> = fc.constantFrom(...(Object.keys(FIELDS) as FieldName[])).chain((field) => {
  const operators = OPERATORS.filter((each) => (FIELDS[field].operators as readonly string[]).includes(spoken(each)));
  return fc.constantFrom(...operators).chain((op) => {
    const count = op === "between" ? [2, 2] : op === "contains" ? [1, 1] : [1, 4];
    return fc
      .array(valuesOf(field), { minLength: count[0] ?? 1, maxLength: count[1] ?? 1 })
      .map((values) => ({ field, op, values: values as unknown as Filter["values"] }));
  });
});

const periods: fc.Arbitrary<Period> = fc.oneof(
  fc.constantFrom("today", "yesterday", "7d", "30d", "365d", "week", "last_month", "quarter", "ytd", "12mo", "all").map((name) => ({ name })),
  fc.tuple(dates, dates).map(([one, other]) => (one <= other ? { first: one, last: other } : { first: other, last: one })),
);
const views: fc.Arbitrary<View> = fc.record({
  period: periods,
  compare: fc.record({ with: fc.constantFrom(...COMPARISONS), weekday: fc.boolean() }),
  filters: fc.array(filters, { maxLength: 4 }),
  metric: fc.option(fc.constantFrom(...(Object.keys(METRICS) as MetricName[]))),
});

describe("the query of an address", () => {
  it("says a view that is read back as the same, whatever is in it", () => {
    fc.assert(
      fc.property(views, (view) => {
        const printed = printView(view);
        expect(parseView(printed)).toEqual({ view, notices: [] });
        expect(printView(parseView(printed).view)).toBe(printed);
      }),
    );
  });

  it("survives programs that escape more, or less, than they should", () => {
    fc.assert(
      fc.property(views, (view) => {
        const printed = printView(view);
        expect(parseView(printed.replaceAll(",", "%2C").replaceAll("/", "%2F")).view).toEqual(view);
        expect(parseView(printed.replaceAll("%20", "+")).view).toEqual(view);
      }),
    );
  });

  it("never ends in what programs leave out of a link", () => {
    fc.assert(
      fc.property(views, (view) => {
        expect(printView(view)).not.toMatch(/[.,:;!?'")\]]$/);
      }),
    );
  });

  it("never fails, and reads as something, whatever was typed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webQueryParameters(), fc.string().map((text) => `f=language,is,${text}`)), (query) => {
        const { view } = parseView(query);
        expect(parseView(printView(view)).view).toEqual(view);
      }),
    );
  });

  it("is readable, in one order, and empty where everything is as ever", () => {
    expect(printView(DEFAULT_VIEW)).toBe("");
    const view: View = {
      period: { name: "7d" },
      compare: { with: "none", weekday: false },
      filters: [{ field: "language", op: "is", values: ["de", "en"] }, { field: "question", op: "contains", values: ["a, b/c"] }],
      metric: "csat",
    };
    expect(printView(view)).toBe("?p=7d&c=none&f=language,is,de,en&f=question,contains,a~,%20b/c&m=csat");
    expect(parseView("?m=csat&f=language,is,de,en&c=none&f=question,contains,a~,%20b/c&p=7d").view).toEqual(view);
  });

  it("keeps what single pages put into it, behind what is common", () => {
    const query = printView({ ...DEFAULT_VIEW, metric: "csat" }, { sort: "-csat", q: "sofa & so" });
    expect(query).toBe("?m=csat&q=sofa%20%26%20so&sort=-csat");
    expect(otherParameters(query)).toEqual({ q: "sofa & so", sort: "-csat" });
  });

  it.each([
    ["p=fortnight", "period", "fortnight"],
    ["p=2026-02-30,2026-03-01", "period", "2026-02-30,2026-03-01"],
    ["p=2026-03-02,2026-03-01", "period", "2026-03-02,2026-03-01"],
    ["c=best", "compare", "best"],
    ["m=happiness", "metric", "happiness"],
    ["m=toString", "metric", "toString"],
    ["f=shoe_size,is,44", "filter", "shoe_size,is,44"],
    ["f=language,between,a,b", "filter", "language,between,a,b"],
    ["f=rating,is,many", "filter", "rating,is,many"],
    ["f=rating,between,1", "filter", "rating,between,1"],
    ["f=language,is", "filter", "language,is"],
    ["f=language,is,~x", "filter", "language,is,~x"],
    ["f=handoff,is,~0", "filter", "handoff,is,~0"],
  ])("explains %s, and shows the rest", (query, about, value) => {
    const { view, notices } = parseView(`?${query}`);
    expect(view).toEqual(DEFAULT_VIEW);
    expect(notices).toEqual([{ about, value }]);
  });

  it("explains a version that it does not know, and reads what it can", () => {
    const { view, notices } = parseView("?v=9&p=7d");
    expect(notices).toEqual([{ about: "version", value: "9" }]);
    expect(view.period).toEqual({ name: "7d" });
    expect(parseView("?v=1&p=7d").notices).toEqual([]);
    expect(parseView("?from=2026-03-01&utm_source=mail").notices).toEqual([{ about: "parameter", value: "from=2026-03-01" }]);
  });
});

describe("what a view asks of the API", () => {
  it("is its period, both dates included, its comparison and its filters", () => {
    expect(askedBy(DEFAULT_VIEW)).toEqual({ period: "30d", compare: "previous_period" });
    const { view } = parseView("?p=2026-02-27,2026-02-28&c=year,weekday&f=rating,between,1,3&f=channel,is_not,~0&f=handoff,is,true");
    expect(askedBy(view)).toEqual({
      period: { from: "2026-02-27", to: "2026-02-28" },
      compare: "previous_year",
      align: "weekday",
      filters: [
        { field: "rating", op: "between", value: [1, 3] },
        { field: "channel", op: "is not", value: null },
        { field: "handoff", op: "is", value: true },
      ],
    });
  });

  it("compares all time with nothing", () => {
    expect(askedBy({ ...DEFAULT_VIEW, period: { name: "all" } })).toEqual({ period: "all" });
  });
});
