import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatChange } from "./formatChange";
import { dateIn, formatAgo, formatBucket, formatDate, formatDates, formatInstant, formatLater, formatMoment, formatWeekday, instantOf, lastDateBefore, localTime } from "./formatDate";
import { formatLanguage, formatList } from "./formatName";
import { formatDuration, formatFigure, formatScore, formatShare, formatTick, NOTHING } from "./formatNumber";
import { isNothing } from "./isNothing";
import { sealed } from "./magnitude";

/** Intl puts several kinds of blanks; which ones is not what these tests are about. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f\u2009]/g, " ");

describe("shares", () => {
  it.each([
    [0, "0%", "0 %"],
    [1, "100%", "100 %"],
    [0.123456, "12.3%", "12,3 %"],
    [0.5, "50.0%", "50,0 %"],
    [0.0004, "< 0.1%", "< 0,1 %"],
    [0.9996, "> 99.9%", "> 99,9 %"],
    [0.999, "99.9%", "99,9 %"],
  ])("%d reads %s, in German %s", (share, english, german) => {
    expect(plain(formatShare(sealed(share), "en"))).toBe(english);
    expect(plain(formatShare(sealed(share), "de"))).toBe(german);
  });

  it("say 0 % and 100 % only where that is exact", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true, maxExcluded: true }), (share) => {
        expect(formatShare(sealed(share), "en")).not.toMatch(/^(?:0|100|0\.0|100\.0)%$/);
      }),
    );
  });
});

describe("figures", () => {
  it.each([
    [12345, "conversations", "12,345", "12.345"],
    [-5, "conversations", "\u22125", "\u22125"],
    [4.2, "messages_per_conversation", "4.2", "4,2"],
    [4.256, "average_rating", "4.26", "4,26"],
    [0.25, "csat", "25.0%", "25,0 %"],
    [850, "latency_p50", "850 ms", "850 ms"],
    [1234.5, "outcome_value", "1,234.5", "1.234,5"],
  ] as const)("%d of %s reads %s, in German %s", (number, metric, english, german) => {
    expect(plain(formatFigure(sealed(number), metric, "en"))).toBe(english);
    expect(plain(formatFigure(sealed(number), metric, "de"))).toBe(german);
  });

  it("are a dash where nothing can be said, never 0", () => {
    expect(formatFigure(null, "csat", "en")).toBe(NOTHING);
    expect(formatFigure(undefined, "conversations", "en")).toBe(NOTHING);
  });

  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1_000, "1 sec"],
    [3_240, "3.2 sec"],
    [59_900, "59.9 sec"],
    [59_990, "1 min"],
    [125_000, "2 min 5 sec"],
    [3_600_000, "60 min"],
  ])("of %d ms read %s", (ms, text) => {
    expect(plain(formatDuration(sealed(ms), "en"))).toBe(text);
  });

  it("are short beside an axis", () => {
    expect(formatTick(sealed(12_300), "conversations", "en")).toBe("12.3K");
    expect(plain(formatTick(sealed(0.05), "csat", "en"))).toBe("5%");
  });
});

describe("changes", () => {
  const change = (absolute: number | null, relative: number | null, distinguishable: boolean | null) => ({
    absolute: absolute === null ? null : sealed(absolute),
    relative: relative === null ? null : sealed(relative),
    distinguishable,
  });

  it.each([
    ["conversations", change(12, 0.123, true), { text: "+12.3%", direction: "up", unit: "percent", good: null }],
    ["conversations", change(-10, -1, true), { text: "\u2212100%", direction: "down", unit: "percent", good: null }],
    ["conversations", change(10, null, true), { text: "", direction: "up", unit: "new", good: null }],
    ["conversations", change(0, null, null), { text: NOTHING, direction: "same", unit: "none", good: null }],
    ["conversations", change(null, null, null), { text: NOTHING, direction: "unknown", unit: "none", good: null }],
    ["csat", change(0.032, 0.05, true), { text: "+3.2", direction: "up", unit: "points", good: true }],
    ["csat", change(-0.07, -0.1, false), { text: "\u22127.0", direction: "down", unit: "points", good: null }],
    ["unanswered_rate", change(-0.07, -0.1, true), { text: "\u22127.0", direction: "down", unit: "points", good: true }],
    ["latency_p95", change(500, 0.5, true), { text: "+50.0%", direction: "up", unit: "percent", good: false }],
    ["conversations", change(1, 0.0004, true), { text: "0.0%", direction: "same", unit: "percent", good: null }],
    ["csat", change(-0.0002, -0.001, true), { text: "0.0", direction: "same", unit: "points", good: null }],
    ["handoffs", change(5, 0.5, null), { text: "+50.0%", direction: "up", unit: "percent", good: null }],
  ] as const)("of %s: %o", (metric, given, text) => {
    expect(formatChange(given, metric, "en")).toEqual(text);
  });

  it("are a dash where there is no comparison", () => {
    expect(formatChange(undefined, "csat", "en").text).toBe(NOTHING);
    const partly = { ...change(10, null, true), unsaid: "partly_before" };
    expect(formatChange(partly, "conversations", "en")).toEqual({ text: NOTHING, direction: "unknown", unit: "none", good: null });
  });
});

describe("dates and times", () => {
  it("are those of the company, whatever zone the browser is in", () => {
    const zone = process.env.TZ;
    try {
      for (const each of ["Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago", "Europe/Berlin"]) {
        process.env.TZ = each;
        expect(formatDate("2026-03-01", "day", "en")).toBe("Mar 1");
        expect(formatDate("2026-03", "month", "de")).toBe("März 2026");
        expect(formatInstant("2026-03-01T02:30:00Z", "America/St_Johns", "en")).toContain("Feb 28, 2026");
        expect(dateIn("2026-03-01T02:30:00Z", "America/St_Johns")).toBe("2026-02-28");
        expect(lastDateBefore("2026-03-01T03:30:00.000000Z", "America/St_Johns")).toBe("2026-02-28");
      }
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it("name a window by its first and last day", () => {
    expect(plain(formatDates("2026-11-21", "2026-11-27", "en"))).toBe("Nov 21 – 27, 2026");
  });

  it("name buckets by what they are, hours of a doubled hour apart by their place alone", () => {
    expect(plain(formatBucket("2026-10-25T02:00:00+02:00", "en"))).toBe("Oct 25, 2:00 AM");
    expect(formatBucket("2026-10-25T02:00:00+02:00", "de")).toBe("25. Okt., 02:00");
    expect(formatBucket("2026-10", "en")).toBe("Oct 2026");
    expect(formatBucket("none of these", "en")).toBe("none of these");
  });

  it("name weekdays from Monday", () => {
    expect([1, 7].map((day) => formatWeekday(day, "en"))).toEqual(["Mon", "Sun"]);
    expect(formatWeekday(1, "de", "long")).toBe("Montag");
  });

  it.each([
    ["2026-03-01T11:59:30Z", "30 seconds ago"],
    ["2026-03-01T11:00:00Z", "1 hour ago"],
    ["2026-02-28T12:00:00Z", "yesterday"],
  ])("say how long ago %s was", (instant, text) => {
    expect(formatAgo(instant, "2026-03-01T12:00:00Z", "en")).toBe(text);
  });
});

describe("times of conversations", () => {
  it.each([
    ["2026-03-01T12:00:00.400Z", ""],
    ["2026-03-01T11:00:00Z", ""],
    ["2026-03-01T12:00:07Z", "+ 7 sec"],
    ["2026-03-01T12:02:10Z", "+ 2 min"],
    ["2026-03-02T12:00:00Z", "+ 24 hr"],
    ["2026-03-04T12:00:00Z", "+ 3 days"],
  ])("%s is %j after noon", (instant, text) => {
    expect(plain(formatLater(instant, "2026-03-01T12:00:00Z", "en"))).toBe(text);
  });

  it("are short in lists, and those of the company's clocks", () => {
    expect(plain(formatMoment("2026-03-01T02:30:00Z", "America/St_Johns", "en"))).toBe("Feb 28, 11:00 PM");
    expect(plain(formatMoment("2026-03-01T02:30:00Z", "Pacific/Kiritimati", "de"))).toBe("1. März, 16:30");
  });
});

describe("scores", () => {
  it.each([
    [0.1, 0.2, "0.10"],
    [0.1999, 0.2, "0.1999"],
    [0.2, 0.2, "0.20"],
    [0.85, undefined, "0.85"],
  ])("%d beside the threshold %d reads %s", (score, threshold, text) => {
    expect(formatScore(score, "en", threshold)).toBe(text);
  });

  it("that are 0, or are not there, are nothing", () => {
    expect([sealed(0), null, undefined, sealed(0.1)].map(isNothing)).toEqual([true, true, true, false]);
  });
});

describe("names", () => {
  it.each([
    ["de", "German", "Deutsch"],
    ["zz-what-ever-this-is", "zz-what-ever-this-is", "zz-what-ever-this-is"],
  ])("of the language %s are %s, in German %s", (code, english, german) => {
    expect(formatLanguage(code, "en")).toBe(english);
    expect(formatLanguage(code, "de")).toBe(german);
  });

  it.each([null, undefined, "", "und", "UND"])("of the language %s are none", (code) => {
    expect(formatLanguage(code, "en")).toBeNull();
  });

  it("stand in lists as people write them", () => {
    expect(formatList(["a", "b", "c"], "en")).toBe("a, b, and c");
    expect(formatList(["a", "b", "c"], "de")).toBe("a, b und c");
  });
});

describe("a local time of a zone", () => {
  it.each([
    ["2026-03-18T09:30:00Z", "America/St_Johns", "2026-03-18T07:00"],
    ["2026-07-01T00:15:00Z", "Asia/Kathmandu", "2026-07-01T06:00"],
    ["2026-03-29T01:00:00Z", "Europe/Berlin", "2026-03-29T03:00"],
  ])("of %s in %s is %s, and the other way round", (instant, zone, local) => {
    expect(localTime(instant, zone)).toBe(local);
    expect(instantOf(local, zone)).toBe(new Date(instant).toISOString());
  });

  it("comes back as the same local time, whatever the zone does; what a clock leaves out is near", () => {
    const minutes = fc.integer({ min: Date.UTC(2020, 0, 1) / 60_000, max: Date.UTC(2030, 0, 1) / 60_000 });
    fc.assert(
      fc.property(minutes, fc.constantFrom("Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati"), (minute, zone) => {
        const local = localTime(new Date(minute * 60_000).toISOString(), zone);
        expect(localTime(instantOf(local, zone) ?? "", zone)).toBe(local);
      }),
    );
    expect(Math.abs(Date.parse(instantOf("2026-03-29T02:30", "Europe/Berlin") ?? "") - Date.parse("2026-03-29T01:00:00Z"))).toBeLessThanOrEqual(3_600_000);
    expect(instantOf("soon", "UTC")).toBeNull();
  });
});
