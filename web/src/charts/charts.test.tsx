import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { draw } from "../../tools/drawing";
import { sealed } from "@/format/magnitude";
import { ChartTable } from "./ChartTable";
import { CohortGrid } from "./CohortGrid";
import { Columns } from "./Columns";
import { HeatGrid } from "./HeatGrid";
import { LineChart } from "./LineChart";
import type { Point } from "./points";
import { Sparkline } from "./Sparkline";

const points: Point[] = [
  { id: "2026-03-01", label: "Mar 1", figure: sealed(10), before: { label: "Feb 1", figure: sealed(8) } },
  { id: "2026-03-02", label: "Mar 2", figure: null },
  { id: "2026-03-03", label: "Mar 3", figure: sealed(4), incomplete: true },
];

beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 400 });
});

describe("a line chart", () => {
  it("is walked by arrow keys, and says each point with what it was before", () => {
    const onOpen = vi.fn();
    draw(<LineChart metric="conversations" points={points} onOpen={onOpen} />);
    const chart = screen.getByRole("application");
    const said = (): string => screen.getByRole("status").textContent;
    expect(chart.getAttribute("aria-label")).toContain("Conversations, 3 points");
    const walk = ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Home", "ArrowLeft", "End"].map((key) => {
      fireEvent.keyDown(chart, { key });
      return said();
    });
    expect(walk).toEqual([
      "Mar 1: 10; before, Feb 1: 8",
      "Mar 2: cannot be said",
      "Mar 3 (so far): 4",
      "Mar 3 (so far): 4",
      "Mar 1: 10; before, Feb 1: 8",
      "Mar 1: 10; before, Feb 1: 8",
      "Mar 3 (so far): 4",
    ]);
    fireEvent.keyDown(chart, { key: "Enter" });
    expect(onOpen).toHaveBeenCalledWith(points[2]);
    fireEvent.keyDown(chart, { key: "Escape" });
    expect(said()).toBe("");
  });

  it("leaves keys with modifiers to the browser", () => {
    draw(<LineChart metric="conversations" points={points} />);
    expect(fireEvent.keyDown(screen.getByRole("application"), { key: "ArrowLeft", altKey: true })).toBe(true);
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it("zooms into the stretch that is dragged over, whichever way", () => {
    const onZoom = vi.fn();
    draw(<LineChart metric="conversations" points={points} onZoom={onZoom} />);
    const chart = screen.getByRole("application");
    fireEvent.pointerDown(chart, { clientX: 390, button: 0 });
    fireEvent.pointerMove(chart, { clientX: 50 });
    fireEvent.pointerUp(chart, { clientX: 50 });
    expect(onZoom).toHaveBeenCalledWith(points[0], points[2]);
  });

  it("shows what is not over as hollow, and markers as flags", () => {
    const { container } = draw(<LineChart metric="conversations" points={points} markers={[{ id: "m", at: 1, text: "New prompt" }]} />);
    expect(container.querySelectorAll("circle")).toHaveLength(2); // Mar 1 alone between gaps, Mar 3 hollow
    expect(container.querySelector("g > title")?.textContent).toBe("New prompt");
  });

  it("opens a marker by its flag, and a new one by the axis; elsewhere a click opens the point", () => {
    const [onOpen, onMarker, onAxis] = [vi.fn(), vi.fn(), vi.fn()];
    const marker = { id: "m", at: 1, text: "New prompt", about: "ann · Mar 2" };
    const { container } = draw(<LineChart metric="conversations" points={points} markers={[marker]} onOpen={onOpen} onMarker={onMarker} onAxis={onAxis} />);
    const chart = screen.getByRole("application");
    const click = (clientX: number, clientY: number): void => {
      fireEvent.pointerDown(chart, { clientX, clientY, button: 0 });
      fireEvent.pointerUp(chart, { clientX, clientY });
    };
    fireEvent.pointerMove(chart, { clientX: 216, clientY: 8 });
    expect(container.textContent).toContain("⚑ New promptann · Mar 2");
    click(216, 8);
    click(380, 230);
    click(216, 100);
    click(60, 8); // above the points, but on no flag
    expect(onMarker.mock.calls).toEqual([[marker]]);
    expect(onAxis.mock.calls).toEqual([[points[2]]]);
    expect(onOpen.mock.calls).toEqual([[points[1]], [points[0]]]);
  });

  it("says a marker aloud with its point", () => {
    draw(<LineChart metric="conversations" points={points} markers={[{ id: "m", at: 0, text: "New prompt" }]} />);
    fireEvent.keyDown(screen.getByRole("application"), { key: "Home" });
    expect(screen.getByRole("status").textContent).toBe("Mar 1: 10; before, Feb 1: 8. Marker: New prompt");
  });

  it.each([[[]], [[{ id: "a", label: "a", figure: null }]], [[{ id: "a", label: "a", figure: sealed(0) }]]] as [Point[]][])(
    "draws %o without a fault",
    (few) => {
      const { container } = draw(<LineChart metric="csat" points={few} />);
      expect(container.innerHTML).not.toMatch(/NaN|Infinity|undefined/);
      fireEvent.keyDown(screen.getByRole("application"), { key: "End" });
    },
  );
});

it("a chart as a table has the same figures", () => {
  draw(<ChartTable metric="conversations" points={points} head="Day" />);
  const rows = screen.getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual(["DayConversationsbeforeConversations", "Mar 110Feb 18", "Mar 2–cannot be said–cannot be said", "Mar 3 · so far4–cannot be said"]);
});

it("a chart as a table says what happened, beside its day", () => {
  draw(<ChartTable metric="conversations" points={points.slice(1)} markers={[{ id: "m", at: 1, text: "New prompt" }]} head="Day" />);
  expect(screen.getAllByRole("row").map((row) => row.textContent)).toEqual(["DayConversationsWhat happened", "Mar 2–cannot be said", "Mar 3 · so far4New prompt"]);
});

it("a sparkline is open at its end where that is not over", () => {
  const { container } = draw(<Sparkline metric="conversations" figures={[sealed(1), sealed(2), sealed(0)]} open />);
  const [open, sure] = [...container.querySelectorAll("path")].map((path) => path.getAttribute("d"));
  expect([open, sure]).toEqual(["M50,14L98,25", "M2,19.5L50,14"]);
});

it("a heat grid says each hour of the week, from Monday", () => {
  const cells = [
    { weekday: 1, hour: 0, figure: sealed(5), behind: "/x" },
    { weekday: 7, hour: 23, figure: sealed(0) },
  ];
  draw(<HeatGrid metric="conversations" cells={cells} />);
  expect(screen.getAllByRole("rowheader").map((each) => each.textContent)).toEqual(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
  expect(screen.getByTitle("Monday, 00:00: 5").className).toContain("step7");
  expect(screen.getByTitle("Sunday, 23:00: 0").className).not.toContain("step1");
  expect(screen.getByRole("link", { name: "Monday, 00:00: 5" }).getAttribute("href")).toBe("/x");
});

it("a cohort grid leaves empty what is not that late yet", () => {
  const cohorts = [
    { week: "2026-03-02", size: sealed(20), figures: [sealed(1), sealed(0.25)] },
    { week: "2026-03-09", size: sealed(10), figures: [sealed(1)] },
  ];
  draw(<CohortGrid metric="retention_rate" cohorts={cohorts} />);
  const rows = screen.getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual(["Visitors+0+1", "Mar 220100%25.0%", "Mar 910100%"]);
  expect(screen.getByTitle("Mar 2, 1 week later: 25.0%")).toBeTruthy();
});

it("a cohort grid of many weeks shows the latest twelve, and all of them when asked", () => {
  const cohorts = Array.from({ length: 30 }, (_, week) => ({ week: `2026-${String(week < 9 ? 1 : 2).padStart(2, "0")}-${String((week % 28) + 1).padStart(2, "0")}`, size: sealed(1), figures: [sealed(1)] }));
  draw(<CohortGrid metric="retention_rate" cohorts={cohorts} />);
  expect(screen.getAllByRole("row")).toHaveLength(13);
  fireEvent.click(screen.getByRole("button", { name: "All 30 weeks" }));
  expect(screen.getAllByRole("row")).toHaveLength(31);
});

it("a cohort's first week, which is all of it, takes no shade from the others", () => {
  draw(<CohortGrid metric="retention_rate" cohorts={[{ week: "2026-03-02", size: sealed(20), figures: [sealed(1), sealed(0.1)] }]} />);
  expect(screen.getByTitle("Mar 2, 1 week later: 10.0%").className).toContain("step7");
});

it("columns stand on 0", () => {
  const columns = [
    { id: "4", label: "4", figure: sealed(5), behind: "/four" },
    { id: "5", label: "5", figure: sealed(10) },
  ];
  const { container } = draw(<Columns metric="ratings" columns={columns} caption="Ratings" />);
  expect([...container.querySelectorAll("rect")].map((bar) => bar.getAttribute("height"))).toEqual(["50", "100"]);
  expect(screen.getByRole("link", { name: "4" }).getAttribute("href")).toBe("/four");
});
