import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Figure } from "@/figures";
import { magnitude, sealed } from "@/format/magnitude";
import { labelled, lineOf, nearest, pathOf, placesOf, xOf, type Box } from "./line";
import { heatSteps, scaleOf, shares } from "./scale";

const BOX: Box = { left: 40, top: 10, width: 100, height: 50 };
const some = (...numbers: (number | null)[]): (Figure | null)[] => numbers.map((number) => (number === null ? null : sealed(number)));
const anything = fc.array(fc.option(fc.double().map(sealed)), { maxLength: 40 });
const metrics = fc.constantFrom("conversations", "csat", "latency_p95", "average_rating" as const);
const boxes = fc.record({ left: fc.nat(50), top: fc.nat(50), width: fc.nat(3_000), height: fc.nat(500) });

describe("a scale", () => {
  it.each([
    ["conversations", some(39), 40, [0, 10, 20, 30, 40]],
    ["conversations", some(1), 4, [0, 1, 2, 3, 4]],
    ["conversations", some(), 4, [0, 1, 2, 3, 4]],
    ["conversations", some(null, 0), 4, [0, 1, 2, 3, 4]],
    ["csat", some(0.02), 0.06, [0, 0.02, 0.04, 0.06]],
    ["csat", some(0.93), 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    ["csat", some(1), 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ] as const)("of %s begins at 0 and ends above %o", (metric, figures, top, ticks) => {
    const scale = scaleOf(figures, metric);
    expect(scale.top).toBeCloseTo(top, 9);
    expect(scale.ticks.map(magnitude)).toEqual(ticks);
  });

  it("puts every figure between the axis and the top", () => {
    fc.assert(
      fc.property(anything, metrics, (figures, metric) => {
        const scale = scaleOf(figures, metric);
        for (const figure of figures) {
          if (figure === null) continue;
          expect(scale.up(figure)).toBeGreaterThanOrEqual(0);
          expect(scale.up(figure)).toBeLessThanOrEqual(1);
        }
        expect(scale.ticks.length).toBeLessThanOrEqual(12);
      }),
    );
  });
});

describe("a line", () => {
  it("is drawn from edge to edge, 0 at the bottom", () => {
    const scale = scaleOf(some(0, 20, 40), "conversations");
    expect(pathOf(placesOf(some(0, 20, 40), BOX, scale))).toBe("M40,60L90,35L140,10");
  });

  it("has gaps where nothing is known, and dots where no line comes", () => {
    const figures = some(0, 40, null, 40, null);
    const line = lineOf(placesOf(figures, BOX, scaleOf(figures, "conversations")), []);
    expect(line.sure).toBe("M40,60L65,10M115,10Z");
    expect(line.dots).toEqual([{ x: 115, y: 10 }]);
  });

  it.each([
    [some(), "", 0],
    [some(null, null, null), "", 0],
    [some(4), "M90,10Z", 1],
    [some(4, 4), "M40,10L140,10", 0],
  ])("of %o is %s with %d dots", (figures, path, dots) => {
    const line = lineOf(placesOf(figures, BOX, scaleOf(figures, "conversations")), []);
    expect([line.sure, line.dots.length]).toEqual([path, dots]);
  });

  it("is open where a bucket is not over: that segment is no part of what is sure", () => {
    const figures = some(40, 40, 0);
    const line = lineOf(placesOf(figures, BOX, scaleOf(figures, "conversations")), [false, false, true]);
    expect(line.sure).toBe("M40,10L90,10");
    expect(line.open).toBe("M90,10L140,60");
    expect(line.hollow).toEqual([{ x: 140, y: 60 }]);
    expect(line.dots).toEqual([]);
  });

  it("has no NaN in it, whatever the figures are", () => {
    fc.assert(
      fc.property(anything, metrics, boxes, fc.array(fc.boolean()), (figures, metric, box, incomplete) => {
        const line = lineOf(placesOf(figures, box, scaleOf(figures, metric)), incomplete);
        for (const path of [line.sure, line.open]) expect(path).not.toMatch(/NaN|Infinity|undefined/);
        for (const { x, y } of [...line.dots, ...line.hollow]) expect([x, y].every(Number.isFinite)).toBe(true);
      }),
    );
  });
});

describe("what is pointed at", () => {
  it("is the nearest point; none where there is none", () => {
    expect(nearest(64, 3, BOX)).toBe(0);
    expect(nearest(66, 3, BOX)).toBe(1);
    expect([nearest(-100, 3, BOX), nearest(900, 3, BOX)]).toEqual([0, 2]);
    expect([nearest(50, 0, BOX), nearest(50, 1, BOX), nearest(50, 2, { ...BOX, width: 0 })]).toEqual([null, 0, 0]);
  });

  it("is the point whose place it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(399), (count, at) => {
        fc.pre(at < count);
        expect(nearest(xOf(at, count, BOX), count, BOX)).toBe(at);
      }),
    );
  });
});

describe("labels below an axis", () => {
  it("are as many as fit, the first among them", () => {
    expect(labelled(0, 500, 64)).toEqual([]);
    expect(labelled(7, 500, 64)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(labelled(30, 640, 64)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
  });
});

describe("bars and heat", () => {
  it("are shares of the longest", () => {
    expect(shares(some(10, 5, 0, null))).toEqual([1, 0.5, 0, 0]);
    expect(shares(some(0, 0))).toEqual([0, 0]);
  });

  it("has a step of its own for 0, and seven for the rest", () => {
    expect(heatSteps(some(0, 1, 14, 15, 100, null))).toEqual([0, 1, 1, 2, 7, 0]);
  });
});
