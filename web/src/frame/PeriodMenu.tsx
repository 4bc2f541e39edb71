import { useState, type JSX } from "react";

import { useFormats, type Formats } from "@/format/useFormats";
import { Button } from "@/parts/Button";
import { Dialog, Menu } from "@/popups/Popups";
import { useEmbedded } from "@/session/Session";
import { useTexts, type Say } from "@/texts/texts";
import type { Period } from "@/url/view";
import style from "./Bar.module.css";
import { useKeys } from "./keys/useKeys";
import { isWithin, PERIOD_GROUPS, stepped, type Bounds, type Dates } from "./periods";

interface Props {
  readonly period: Period;
  /** The dates that it is of, and the local date of now, once they are known. */
  readonly shown: (Dates & { readonly today: string }) | null;
  /** The days that may be looked at, if not all may: no other period is offered. */
  readonly bounds?: Bounds | undefined;
  readonly onPick: (period: Period) => void;
}

/** The period of the page, the others that it could be of, and the ones before and after. */
export function PeriodMenu({ period, shown, bounds, onPick }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const [custom, setCustom] = useState(false);
  const embedded = useEmbedded(); // there is no keyboard to listen to
  useKeys({
    c: () => {
      setCustom(true);
      return true;
    },
  });
  const name = periodText(period, say, formats);
  const offered = PERIOD_GROUPS.map((group) => group.filter(([id]) => isOpen({ name: id }, bounds)));
  const groups = offered.filter((group) => group.length > 0).map((group) => ({
    items: group.map(([id, hint]) => ({
      id: id,
      text: periodText({ name: id }, say, formats),
      ...(hint === "" || embedded ? {} : { hint }),
      current: "name" in period && period.name === id,
      onPick: () => {
        onPick({ name: id });
      },
    })),
  }));
  const own = { id: "custom", text: say("bar.custom"), ...(embedded ? {} : { hint: "C" }), current: !("name" in period), onPick: () => { setCustom(true); } };
  return (
    <>
      <span className="paper-only">{shown === null || !("name" in period) ? name : `${name} (${formats.dates(shown.first, shown.last)})`}</span>
      <div className={style.joined}>
        <Step period={period} shown={shown} bounds={bounds} by={-1} onPick={onPick} />
        <Menu trigger={<>{name} <span aria-hidden="true">▾</span></>} groups={[...groups, { items: [own] }]} />
        <Step period={period} shown={shown} bounds={bounds} by={1} onPick={onPick} />
        <Dialog open={custom} onOpenChange={setCustom} title={say("bar.custom")}>
          <CustomDates shown={shown} bounds={bounds} onPick={(picked) => { setCustom(false); onPick(picked); }} />
        </Dialog>
      </div>
    </>
  );
}

function isOpen(period: Period, bounds: Bounds | undefined): boolean {
  return bounds === undefined || isWithin(period, bounds);
}

function Step({ period, shown, bounds, by, onPick }: Props & { readonly by: -1 | 1 }): JSX.Element {
  const { say } = useTexts();
  const beside = shown && stepped(period, shown, by, shown.today);
  const next = beside !== null && isOpen(beside, bounds) ? beside : null;
  return (
    <Button className={style.step} disabled={next === null} aria-label={say(by === 1 ? "bar.later" : "bar.earlier")} onClick={() => { if (next) onPick(next); }}>
      {by === 1 ? "›" : "‹"}
    </Button>
  );
}

function CustomDates({ shown, bounds, onPick }: Pick<Props, "shown" | "bounds" | "onPick">): JSX.Element {
  const { say } = useTexts();
  const [first, setFirst] = useState(shown?.first ?? "");
  const [last, setLast] = useState(shown?.last ?? "");
  const usable = first !== "" && last !== "" && first <= last && isOpen({ first, last }, bounds);
  const [earliest, latest] = [bounds?.first ?? undefined, bounds?.last ?? undefined];
  return (
    <form className={style.form} onSubmit={(event) => { event.preventDefault(); if (usable) onPick({ first, last }); }}>
      <label className={style.field}>
        {say("bar.from")}
        <input className={style.input} type="date" value={first} min={earliest} max={last || latest} required onChange={(event) => { setFirst(event.target.value); }} />
      </label>
      <label className={style.field}>
        {say("bar.to")}
        <input className={style.input} type="date" value={last} min={first || earliest} max={latest} required onChange={(event) => { setLast(event.target.value); }} />
      </label>
      <Button type="submit" look="main" disabled={!usable}>
        {say("bar.show")}
      </Button>
    </form>
  );
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
