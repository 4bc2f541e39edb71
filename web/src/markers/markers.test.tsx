import { fireEvent, screen } from "@testing-library/react";
import { useState, type JSX } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor, VIEWER } from "../../tools/company";
import { draw } from "../../tools/drawing";
import { sealed } from "@/format/magnitude";
import type { Me } from "@/session/me";
import { say } from "@/texts/texts";
import { Sides } from "./EffectOf";
import { Markers, type OpenMarker } from "./Markers";
import { placed, type KeptMarker } from "./placed";
import type { Effect } from "./useMarkers";
import { whoText } from "./whoText";

const marker = (part: Partial<KeptMarker>): KeptMarker => ({ id: "m", chatbot_id: null, at: "2026-03-02T09:00:00Z", text: "New prompt", link: null, who: "user:ann", created_at: "2026-03-02T09:00:00Z", ...part });
const WAIT = { timeout: 15_000 }; // popups come late on a busy machine

afterEach(() => vi.unstubAllGlobals());

describe("where a marker stands", () => {
  const at = (instant: string, buckets: readonly string[], unit: Parameters<typeof placed>[2], zone: string): number[] =>
    placed([marker({ at: instant })], buckets, unit, zone).map((each) => each.at);

  it("is its day in the zone of the company, whatever the day is elsewhere", () => {
    const days = ["2026-03-01", "2026-03-02", "2026-03-03"];
    expect(at("2026-03-02T11:00:00Z", days, "day", "Pacific/Kiritimati")).toEqual([2]);
    expect(at("2026-03-02T01:00:00Z", days, "day", "America/St_Johns")).toEqual([0]);
    expect(at("2026-04-02T01:00:00Z", days, "day", "UTC")).toEqual([]);
  });

  it("is its week from Monday, its month, its hour on the day on which clocks go back", () => {
    expect(at("2026-03-08T23:30:00Z", ["2026-03-02", "2026-03-09"], "week", "UTC")).toEqual([0]);
    expect(at("2026-03-08T23:30:00Z", ["2026-03-02", "2026-03-09"], "week", "Europe/Berlin")).toEqual([1]);
    expect(at("2026-03-31T22:30:00Z", ["2026-03", "2026-04"], "month", "Europe/Berlin")).toEqual([1]);
    const hours = ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"];
    expect(at("2026-10-25T01:30:00Z", hours, "date_hour", "Europe/Berlin")).toEqual([1]);
  });
});

describe("the effect of a marker", () => {
  const side = (from: string, to: string, value: number, n: number): NonNullable<Effect["before"]> => ({ days: { from, to }, value: sealed(value), n: sealed(n), interval: [sealed(value - 0.05), sealed(value + 0.05)] });
  const effect = (distinguishable: boolean | null): Effect => ({
    days: 7, left_out: "2026-03-09", least_n: 30, distinguishable,
    before: side("2026-03-02", "2026-03-08", 0.3, 200), after: side("2026-03-10", "2026-03-16", 0.2, 180), change: { absolute: sealed(-0.1), relative: sealed(-1 / 3) },
  });

  it("is both sides with their days, what they stand on and their interval", () => {
    const { container } = draw(<Sides effect={effect(true)} metric="unanswered_rate" />);
    expect(screen.getAllByRole("row").slice(1).map((row) => row.textContent.replace(/[\u2009\u202f]/g, " "))).toEqual(["BeforeMar 2 – 8, 202630.0%20025.0% – 35.0%", "AfterMar 10 – 16, 202620.0%18015.0% – 25.0%"]);
    expect(container.textContent).toContain("−10.0 pts");
    expect(container.textContent).toContain("More than chance alone would make.");
    expect(container.textContent).toContain("7 whole days on each side; Mar 9, 2026 itself is left out.");
  });

  it("says so where it is not distinguishable, or too little to tell", () => {
    expect(draw(<Sides effect={effect(false)} metric="unanswered_rate" />).container.textContent).toContain("Not distinguishable");
    expect(draw(<Sides effect={effect(null)} metric="unanswered_rate" />).container.textContent).toContain("each side must stand on at least 30");
  });

  it("of a count says it once, and has no interval where there is none", () => {
    const of = effect(false);
    const counted = { ...of, before: { ...of.before, value: sealed(200), interval: null }, after: { ...of.after, value: sealed(180), interval: null } } as Effect;
    draw(<Sides effect={counted} metric="conversations" />);
    expect(screen.getAllByRole("row").map((row) => row.textContent.replace(/[\u2009\u202f]/g, " "))).toEqual(["Conversations", "BeforeMar 2 – 8, 2026200", "AfterMar 10 – 16, 2026180"]);
  });

  it("is none as long as no whole day has passed", () => {
    const { container } = draw(<Sides effect={{ ...effect(null), days: 0, before: null, after: null, change: null }} metric="csat" />);
    expect(container.textContent).toBe("It is too early: no whole day has passed since.");
  });
});

describe("the markers of a chart", () => {
  const kept = marker({ id: "m_1", chatbot_id: "shop", text: "<b>New</b> prompt", link: "javascript:alert(1)", who: "key:deploy" });
  function Chart({ mayKeep }: { readonly mayKeep: boolean }): JSX.Element {
    const [open, setOpen] = useState<OpenMarker>(null);
    return <Markers shown={[{ marker: kept, at: 1 }]} all={[kept]} chatbot="shop" metric="csat" zone="Europe/Berlin" filtered={false} now={mayKeep ? "2026-03-05T10:00" : null} open={open} onOpen={setOpen} />;
  }
  const nothing = { days: 0, left_out: "2026-03-02", least_n: 30, before: null, after: null, change: null, distinguishable: null };
  const drawn = (me: Me, mayKeep: boolean) => drawFor(me, <Chart mayKeep={mayKeep} />, { "GET /v1/markers/m_1/effect": nothing, "POST /v1/markers": kept, "DELETE /v1/markers/m_1": {} });

  it("tell what happened, when, to what and who says so; text is text, and only web addresses are links", async () => {
    const { sent } = drawn(VIEWER, false);
    fireEvent.click(await screen.findByRole("button", { name: /New/ }));
    const dialog = await screen.findByRole("dialog", {}, WAIT);
    await screen.findByText(/too early/, {}, WAIT);
    expect(dialog.textContent).toContain("<b>New</b> prompt");
    expect(dialog.textContent).toContain("Mar 2, 2026, 10:00");
    expect(dialog.textContent).toContain("Shopby the key “deploy”");
    expect(dialog.querySelector("a, b")).toBeNull();
    expect(sent.map((each) => each.line)).toContain("GET /v1/markers/m_1/effect?metric=csat");
  });

  it("cannot be added, changed or deleted by whoever may only read", async () => {
    drawn(VIEWER, false);
    fireEvent.click(await screen.findByRole("button", { name: /New/ }));
    await screen.findByText(/too early/, {}, WAIT);
    expect(screen.queryByRole("button", { name: "+ Marker" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Delete" })).toBeNull();
  });

  it("are added at a time of the company's clocks", async () => {
    const { sent } = drawn(ANN, true);
    fireEvent.click(await screen.findByRole("button", { name: "+ Marker" }));
    fireEvent.change(await screen.findByLabelText("What happened", {}, WAIT), { target: { value: " Release 4 " } });
    expect(screen.getByLabelText<HTMLInputElement>("When").value).toBe("2026-03-05T10:00");
    fireEvent.click(screen.getByRole("button", { name: "Add marker" }));
    await vi.waitFor(() => {
      expect(sent.at(-1)?.line).toBe("POST /v1/markers");
    });
    expect(sent.at(-1)?.body).toEqual({ at: "2026-03-05T09:00:00.000Z", text: "Release 4", link: null, chatbot_id: "shop" });
  });

  it("are deleted after a second press", async () => {
    const { sent } = drawn(ANN, true);
    fireEvent.click(await screen.findByRole("button", { name: /New/ }));
    fireEvent.click(await screen.findByRole("button", { name: "Delete" }, WAIT));
    expect(sent.some((each) => each.line.startsWith("DELETE"))).toBe(false);
    fireEvent.click(screen.getByRole("button", { name: "Delete" }));
    await vi.waitFor(() => {
      expect(sent.map((each) => each.line)).toContain("DELETE /v1/markers/m_1");
    });
  });
});

it("who set a marker is said as people are called", () => {
  expect([whoText("user:ann:b", say), whoText("key:deploy", say), whoText("link:bob", say), whoText("demo", say)]).toEqual(["ann:b", "by the key “deploy”", "bob", "demo"]);
});
