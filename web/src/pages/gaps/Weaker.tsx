import type { JSX } from "react";

import type { Row } from "@/figures";
import { Arrow } from "@/parts/Arrow";
import { FigureText } from "@/parts/FigureText";
import { Link } from "@/parts/Link";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import type { View } from "@/url/view";
import style from "./Gaps.module.css";

interface Props {
  readonly company: string;
  readonly bot: string;
  readonly view: View;
  readonly whole: Row;
}

const SIGNS = ["negative_feedback", "handoffs"] as const;

/** A bot that does not say how sure it is: that is said, and what can be known without. */
export function Weaker({ company, bot, view, whole }: Props): JSX.Element {
  const { say } = useTexts();
  return (
    <div className={style.weaker}>
      <h2 className={style.title}>{say("gaps.no_scores")}</h2>
      <p>{say("gaps.no_scores.hint")}</p>
      <ul className={style.signs}>
        {SIGNS.map((metric) => (
          <li key={metric} className={style.sign}>
            <span>{say(`gaps.weak.${metric}`)}</span>
            <span className={style.count}><FigureText figure={whole[metric]} metric={metric} /></span>
            <Link className={style.link} href={linkTo({ page: "conversations", company, bot, conversation: null }, { ...view, metric })}>{say("gaps.weak.conversations")} <Arrow /></Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
