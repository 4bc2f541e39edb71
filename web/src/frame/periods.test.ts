import { describe, expect, it } from "vitest";

import { PERIOD_KEYS } from "./keys/periods";
import { bucketOf, datesOf, datesOfBucket, isAhead, isWithin, PERIOD_GROUPS, stepped, unitOf, unitsOf, within } from "./periods";

describe("stepping through periods", () => {
  const today = "2026-11-27";
  it.each([
    [{ name: "today" }, ["2026-11-27", "2026-11-27"], -1, ["2026-11-26", "2026-11-26"]],
    [{ name: "30d" }, ["2026-10-29", "2026-11-27"], -1, ["2026-09-29", "2026-10-28"]],
    [{ name: "month" }, ["2026-11-01", "2026-11-27"], -1, ["2026-10-01", "2026-10-31"]],
    [{ name: "quarter" }, ["2026-10-01", "2026-11-27"], -1, ["2026-07-01", "2026-09-30"]],
    [{ name: "12mo" }, ["2025-12-01", "2026-11-27"], -1, ["2024-12-01", "2025-11-30"]],
    [{ name: "week" }, ["2026-11-23", "2026-11-27"], -1, ["2026-11-16", "2026-11-22"]],
    [{ first: "2026-01-01", last: "2026-03-31" }, ["2026-01-01", "2026-03-31"], 1, ["2026-04-01", "2026-06-30"]],
    [{ first: "2026-11-20", last: "2026-11-21" }, ["2026-11-20", "2026-11-21"], 1, ["2026-11-22", "2026-11-23"]],
    [{ first: "2026-10-01", last: "2026-10-31" }, ["2026-10-01", "2026-10-31"], 1, ["2026-11-01", "2026-11-27"]],
  ] as const)("goes by whole months, else by days: %o", (period, [first, last], by, [from, to]) => {
    expect(stepped(period, { first, last }, by, today)).toEqual({ first: from, last: to });
  });

  it("ends at today, and all time has no neighbour", () => {
    expect(stepped({ name: "30d" }, { first: "2026-10-29", last: today }, 1, today)).toBeNull();
    expect(stepped({ name: "all" }, { first: "2024-01-01", last: "2026-01-01" }, -1, today)).toBeNull();
  });
});

describe("the unit of a chart", () => {
  it.each([["today", "date_hour"], ["30d", "day"], ["91d", "day"], ["12mo", "week"], ["ytd", "week"], ["month", "day"], ["all", "month"], ["36mo", "month"]])("%s is by %s", (name, unit) => {
    expect(bucketOf({ name })).toBe(unit);
  });

  it.each([
    [{ name: "today" }, ["date_hour"]],
    [{ name: "7d" }, ["date_hour", "day"]],
    [{ name: "30d" }, ["day", "week"]],
    [{ name: "12mo" }, ["day", "week", "month"]],
    [{ name: "all" }, ["week", "month"]],
    [{ first: "2026-01-01", last: "2026-01-10" }, ["date_hour", "day", "week"]],
  ] as const)("of %o can be chosen among those that make a line", (period, units) => {
    expect(unitsOf(period)).toEqual(units);
  });

  it("is the chosen one as long as it makes a line", () => {
    expect(unitOf({ name: "7d" }, "hour")).toBe("date_hour");
    expect(unitOf({ name: "12mo" }, "hour")).toBe("week");
    expect(unitOf({ name: "30d" }, "nonsense")).toBe("day");
  });

  it("has buckets that have begun, and others", () => {
    const now = { instant: "2026-11-27T13:10:00Z", date: "2026-11-27" };
    expect(["2026-11-27T14:00:00+01:00", "2026-11-27T15:00:00+01:00"].map((hour) => isAhead(hour, "date_hour", now))).toEqual([false, true]);
    expect(["2026-11-27", "2026-11-28"].map((day) => isAhead(day, "day", now))).toEqual([false, true]);
    expect(["2026-11-23", "2026-11-30"].map((week) => isAhead(week, "week", now))).toEqual([false, true]);
    expect(["2026-11", "2026-12"].map((month) => isAhead(month, "month", now))).toEqual([false, true]);
  });

  it("has dates", () => {
    expect(datesOfBucket("2026-02", "month")).toEqual({ first: "2026-02-01", last: "2026-02-28" });
    expect(datesOfBucket("2026-11-23", "week")).toEqual({ first: "2026-11-23", last: "2026-11-29" });
    expect(datesOfBucket("2026-11-23T09:00:00+01:00", "date_hour")).toEqual({ first: "2026-11-23", last: "2026-11-23" });
  });
});

it("no two periods have one key", () => {
  const keys = PERIOD_GROUPS.flatMap((group) => group.map(([, key]) => key)).filter((key) => (key as string) !== "");
  expect(new Set(keys).size).toBe(keys.length);
});

it("the keys of the menu are those that the keyboard knows", () => {
  const said = PERIOD_GROUPS.flatMap((group) => group.map(([name, key]) => [key.toLowerCase(), name] as const)).filter(([key]) => key !== "");
  expect(Object.fromEntries(said)).toEqual(PERIOD_KEYS);
});

describe("periods within bounds", () => {
  const today = "2026-11-27"; // a Friday
  it.each([
    ["today", "2026-11-27", today],
    ["yesterday", "2026-11-26", "2026-11-26"],
    ["7d", "2026-11-21", today],
    ["week", "2026-11-23", today],
    ["last_week", "2026-11-16", "2026-11-22"],
    ["month", "2026-11-01", today],
    ["last_month", "2026-10-01", "2026-10-31"],
    ["quarter", "2026-10-01", today],
    ["ytd", "2026-01-01", today],
    ["6mo", "2026-06-01", today],
    ["12mo", "2025-12-01", today],
  ])("%s is from %s to %s, as the API has it", (name, first, last) => {
    expect(datesOf({ name }, today)).toEqual({ first, last });
  });

  it("are those whose days may all be looked at; all time only without bounds", () => {
    const bounds = { first: "2026-11-21", last: null, today };
    expect([isWithin({ name: "7d" }, bounds), isWithin({ name: "month" }, bounds), isWithin({ name: "all" }, bounds)]).toEqual([true, false, false]);
    expect(isWithin({ name: "all" }, { first: null, last: null, today })).toBe(true);
    expect(isWithin({ name: "today" }, { first: null, last: "2026-11-26", today })).toBe(false);
  });

  it("are offered in the place of one that is not", () => {
    expect(within({ name: "12mo" }, { first: "2026-10-01", last: null, today })).toEqual({ name: "30d" });
    expect(within({ name: "30d" }, { first: "2026-11-25", last: null, today })).toEqual({ name: "today" });
    expect(within({ name: "30d" }, { first: null, last: "2026-03-31", today })).toEqual({ first: "2026-03-02", last: "2026-03-31" });
    expect(within({ name: "30d" }, { first: "2026-03-20", last: "2026-03-31", today })).toEqual({ first: "2026-03-20", last: "2026-03-31" });
  });
});
