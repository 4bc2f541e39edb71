import type { JSX } from "react";

import { useFormats, type Formats } from "@/format/useFormats";
import { Menu } from "@/popups/Popups";
import { useTexts, type Say } from "@/texts/texts";
import type { Period } from "@/url/view";

interface Props {
  readonly period: Period;
  readonly onPick: (period: Period) => void;
}

/** The periods of the menu, in groups, with the key of each. */
const GROUPS = [
  [["today", "D"]],
  [["7d", "W"], ["30d", "T"], ["90d", "N"]],
  [["week", ""], ["month", "M"], ["12mo", "L"]],
  [["all", "A"]],
] as const;

/** The period of the page, and the others that it could be of. */
export function PeriodMenu({ period, onPick }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const name = periodText(period, say, formats);
  const groups = GROUPS.map((group) => ({
    items: group.map(([id, hint]) => ({
      id,
      text: periodText({ name: id }, say, formats),
      ...(hint === "" ? {} : { hint }),
      current: "name" in period && period.name === id,
      onPick: () => {
        onPick({ name: id });
      },
    })),
  }));
  return <Menu trigger={<>{name} <span aria-hidden="true">▾</span></>} groups={groups} />;
}

const NAMED = {
  today: "period.today",
  yesterday: "period.yesterday",
  week: "period.week",
  last_week: "period.last_week",
  month: "period.month",
  last_month: "period.last_month",
  quarter: "period.quarter",
  ytd: "period.ytd",
  all: "period.all",
} as const;

/** What people call a period: "Last 30 days", "21 – 27 Nov 2026". */
export function periodText(period: Period, say: Say, formats: Formats): string {
  if (!("name" in period)) return formats.dates(period.first, period.last);
  const named = NAMED[period.name as keyof typeof NAMED] as (typeof NAMED)[keyof typeof NAMED] | undefined;
  if (named !== undefined) return say(named);
  const count = Number.parseInt(period.name, 10);
  return say(period.name.endsWith("mo") ? "period.months" : "period.days", { n: count });
}
