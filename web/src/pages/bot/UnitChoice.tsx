import type { JSX } from "react";

import { nameOfUnit, UNITS, unitOf, unitsOf } from "@/frame/periods";
import { useTexts } from "@/texts/texts";
import { useView } from "@/url/useView";
import style from "./Bot.module.css";

/** By which unit of time the main chart is, on the chart itself; those that would make no line of the period are off. */
export function UnitChoice(): JSX.Element {
  const { say } = useTexts();
  const { view, others, changeOthers } = useView();
  const now = unitOf(view.period, others.by);
  const possible = unitsOf(view.period);
  return (
    <div className={style.units} role="group" aria-label={say("chart.by")}>
      {UNITS.map((unit) => {
        const name = nameOfUnit(unit);
        const fits = possible.includes(unit);
        return (
          <button key={unit} type="button" className={style.unit} aria-pressed={unit === now} disabled={!fits} title={fits ? undefined : say("chart.by.unfit", { unit: say(`chart.by.${name}`) })} onClick={() => { changeOthers({ by: name }); }}>
            {say(`chart.by.${name}`)}
          </button>
        );
      })}
    </div>
  );
}
