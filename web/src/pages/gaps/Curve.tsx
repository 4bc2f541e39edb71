import type { JSX } from "react";

import { LineChart } from "@/charts/LineChart";
import type { Marker, Point } from "@/charts/points";
import { shareOf } from "@/charts/scale";
import { dateIn } from "@/format/formatDate";
import { useFormats, type Formats } from "@/format/useFormats";
import { daysAfter } from "@/frame/periods";
import { useFlags } from "@/markers/useFlags";
import { FigureText } from "@/parts/FigureText";
import { Table } from "@/parts/Table";
import { TableSwitch, useTable } from "@/parts/TableSwitch";
import { useTexts, type Say } from "@/texts/texts";
import own from "./Gap.module.css";
import type { GapDetail } from "./gaps";

/** The share of those who asked and got no answer, by day, with what was done meanwhile. */
export function Curve({ gap, zone }: { readonly gap: GapDetail; readonly zone: string }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const table = useTable();
  const points = pointsOf(gap.curve, momentsOf(gap).map(({ at }) => dateIn(at, zone)), formats);
  const { flags } = useFlags(gap.chatbot_id, points.map((each) => each.id), "day", zone);
  if (points.length === 0) return <p className={own.quiet}>{say("gap.curve.none")}</p>;
  const marks = [...flags, ...marksOf(gap, points, zone, say, formats)].sort((one, other) => one.at - other.at);
  return (
    <>
      <div className={own.switch}><TableSwitch {...table} /></div>
      <div className={own.chart}>
        {table.shown ? <Days gap={gap} /> : <LineChart metric="unanswered_rate" points={points} markers={marks} />}
      </div>
    </>
  );
}

/** Every day from the first to the last one, up to some days that have to be among them; one on which nobody asked is none, not 0. */
export function pointsOf(curve: GapDetail["curve"], until: readonly string[], formats: Formats): Point[] {
  const first = curve[0]?.day;
  const last = [curve.at(-1)?.day ?? "", ...until].sort().at(-1) ?? "";
  if (first === undefined) return [];
  const known = new Map(curve.map((each) => [each.day, each]));
  const points: Point[] = [];
  for (let day = first; day <= last; day = daysAfter(day, 1)) {
    const found = known.get(day);
    points.push({ id: day, label: formats.bucket(day), figure: found === undefined ? null : shareOf(found.failing, found.sessions) });
  }
  return points;
}

interface Moment {
  readonly id: "fixed" | "verified" | "reopened";
  readonly at: string;
}

/** When it was said to be fixed, and when that was decided. */
function momentsOf({ proof }: GapDetail): Moment[] {
  if (proof === null) return [];
  const decided = proof.decided_at === null ? [] : [{ id: proof.decided === "verified" ? "verified" : "reopened", at: proof.decided_at } as const];
  return [{ id: "fixed", at: proof.fixed_at }, ...decided];
}

function marksOf(gap: GapDetail, points: readonly Point[], zone: string, say: Say, formats: Formats): Marker[] {
  return momentsOf(gap).flatMap(({ id, at }) => {
    const place = points.findIndex((point) => point.id === dateIn(at, zone));
    return place < 0 ? [] : [{ id, at: place, text: say(id === "fixed" ? "gap.curve.fixed" : `gap.state.${id}`), about: formats.moment(at, zone) }];
  });
}

function Days({ gap }: { readonly gap: GapDetail }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  return (
    <Table
      bounded
      caption={say("gap.curve")}
      rows={gap.curve}
      id={(row) => row.day}
      columns={[
        { id: "day", head: say("dimension.day.label"), cell: (row) => formats.date(row.day) },
        { id: "sessions", head: say("gap.figure.visitors"), number: true, cell: (row) => formats.value(row.sessions) },
        { id: "failing", head: say("gap.proof.failing"), number: true, cell: (row) => formats.value(row.failing) },
        { id: "share", head: say("gap.proof.share"), number: true, cell: (row) => <FigureText figure={shareOf(row.failing, row.sessions)} metric="unanswered_rate" /> },
      ]}
    />
  );
}
