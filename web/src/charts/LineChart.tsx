import type { JSX } from "react";

import type { MetricName } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import { Axes } from "./Axes";
import style from "./LineChart.module.css";
import { lineOf, pathOf, placesOf, xOf, type Box, type Line, type Place } from "./line";
import type { Marker, Point } from "./points";
import { PointTip, pointText } from "./PointTip";
import { scaleOf } from "./scale";
import { usePicking, type Spot } from "./usePicking";
import { useWidth } from "./useWidth";

interface Props {
  readonly metric: MetricName;
  readonly points: readonly Point[];
  readonly markers?: readonly Marker[];
  readonly height?: number;
  /** Drag over a stretch: the first and the last point of it. */
  readonly onZoom?: (first: Point, last: Point) => void;
  /** A click, or Enter, on a point. */
  readonly onOpen?: (point: Point) => void;
  /** A click on a flag. */
  readonly onMarker?: (marker: Marker) => void;
  /** A click below the axis: here something happened. */
  readonly onAxis?: (point: Point) => void;
}

const SPOTS = { plot: "onPlot", flag: "onFlag", axis: "onAxis" } as const;
const MARGIN = { left: 44, right: 12, top: 18, bottom: 24 };

/**
 * Figures over time: a solid line, the period before dotted and grey, buckets that are not over open-ended, nothing
 * where nothing can be said. It can be walked with the arrow keys, each point is said aloud.
 */
export function LineChart({ metric, points, markers = [], height = 240, onZoom, onOpen, onMarker, onAxis }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const { ref, width } = useWidth();
  const box: Box = {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(0, width - MARGIN.left - MARGIN.right),
    height: height - MARGIN.top - MARGIN.bottom,
  };
  const picking = usePicking({ points, markers, box, onZoom, onOpen, onMarker, onAxis });
  const scale = scaleOf([...points.map((each) => each.figure), ...points.map((each) => each.before?.figure)], metric);
  const places = placesOf(points.map((each) => each.figure), box, scale);
  const before = placesOf(points.map((each) => each.before?.figure), box, scale);
  const line = lineOf(places, points.map((each) => each.incomplete ?? false));
  const picked = picking.at === null ? undefined : points[picking.at];
  const place = picking.at === null ? undefined : places[picking.at];
  const flags = markers.filter((each) => each.at === picking.at);
  const label = say("chart.line", { metric: say(`metric.${metric}.label`), n: points.length });
  return (
    <div ref={ref} className={style.chart} style={{ blockSize: height }}>
      <div className={`${style.surface ?? ""} ${style[SPOTS[picking.spot]] ?? ""}`} tabIndex={0} role="application" aria-label={label} {...picking.handlers}>
        {width === 0 ? null : (
          <svg width={width} height={height} aria-hidden="true">
            <Axes box={box} scale={scale} metric={metric} labels={points.map((each) => each.label)} />
            {picking.stretch ? <Stretch from={picking.stretch[0]} to={picking.stretch[1]} count={points.length} box={box} /> : null}
            <Lines before={before} line={line} />
            {markers.map((marker) => (
              <Flag key={marker.id} marker={marker} x={xOf(marker.at, points.length, box)} box={box} />
            ))}
            <Cross place={place} spot={picking.spot} box={box} />
          </svg>
        )}
      </div>
      {picked && place ? <PointTip point={picked} metric={metric} x={place.x} width={width} markers={flags} /> : null}
      <div className="spoken" role="status">
        {picked && picking.byKey ? pointText(picked, metric, formats, say, flags) : ""}
      </div>
    </div>
  );
}

function Lines({ before, line }: { readonly before: readonly Place[]; readonly line: Line }): JSX.Element {
  return (
    <>
      <path className={style.before} d={pathOf(before)} />
      <path className={style.open} d={line.open} />
      <path className={style.line} d={line.sure} />
      {line.dots.map((dot) => (
        <circle key={dot.x} className={style.dot} cx={dot.x} cy={dot.y ?? 0} r={3} />
      ))}
      {line.hollow.map((dot) => (
        <circle key={dot.x} className={style.hollow} cx={dot.x} cy={dot.y ?? 0} r={3.5} />
      ))}
    </>
  );
}

/** The point that is looked at; on the axis, that something can be marked there. */
function Cross({ place, spot, box }: { readonly place: Place | undefined; readonly spot: Spot; readonly box: Box }): JSX.Element | null {
  if (place === undefined) return null;
  const bottom = box.top + box.height;
  return (
    <>
      {spot === "axis" ? <text className={style.add} x={place.x} y={bottom - 4} textAnchor="middle">+ ⚑</text> : null}
      <line className={style.cross} x1={place.x} x2={place.x} y1={box.top} y2={bottom} />
      {place.y === null ? null : <circle className={style.dot} cx={place.x} cy={place.y} r={4} />}
    </>
  );
}

function Flag({ marker, x, box }: { readonly marker: Marker; readonly x: number; readonly box: Box }): JSX.Element {
  return (
    <g className={style.flag}>
      <title>{marker.text}</title>
      <line x1={x} x2={x} y1={4} y2={box.top + box.height} />
      <path d={`M${String(x)},4h9l-2.5,4l2.5,4h-9z`} />
    </g>
  );
}

interface StretchProps {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly box: Box;
}

function Stretch({ from, to, count, box }: StretchProps): JSX.Element {
  const [left, right] = [xOf(Math.min(from, to), count, box), xOf(Math.max(from, to), count, box)];
  return <rect className={style.stretch} x={left} y={box.top} width={right - left} height={box.height} />;
}
