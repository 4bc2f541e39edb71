import type { JSX } from "react";

import { useTexts } from "@/texts/texts";
import style from "./Skeleton.module.css";

interface Props {
  /** The final height, in CSS, so that nothing moves when the figures come. */
  readonly height: string;
  /** What is being loaded, for whom listens. */
  readonly what?: string;
}

/** The place of what is not there yet. Nothing is seen of it in the first 150 ms. */
export function Skeleton({ height, what = "" }: Props): JSX.Element {
  const { say } = useTexts();
  return (
    <div className={style.place} style={{ blockSize: height }} role="status">
      <span className="spoken">{say("widget.loading", { what })}</span>
      <div className={style.shade} aria-hidden="true" />
    </div>
  );
}
