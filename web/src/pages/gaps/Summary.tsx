import type { JSX } from "react";

import type { Answer } from "@/api/questions";
import { useChatbots } from "@/api/useChatbots";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import style from "./Gaps.module.css";

interface Props {
  /** The figures of the whole; null until they are known. */
  readonly answer: Answer | null;
  readonly bot: string;
}

/** How much a chatbot could not answer, and what that means: enough for whoever sees it for the first time. */
export function Summary({ answer, bot }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const threshold = useChatbots().find((each) => each.chatbot_id === bot)?.confidence_threshold;
  const whole = answer?.rows[0];
  const answers = answer?.meta.n?.unanswered_rate?.[0]?.denominator; // of which it is known whether they failed
  return (
    <div className={style.summary}>
      <strong>
        {formats.counted("gaps.summary", answers, {
          failed: formats.figure(whole?.unanswered_answers, "unanswered_answers"),
          share: formats.figure(whole?.unanswered_rate, "unanswered_rate"),
        }) ?? say("gaps.title")}
      </strong>
      <p className={style.of}>
        {answer === null ? null : say("gaps.intro")} {answer === null ? null : threshold == null ? say("gaps.how.fallback") : say("gaps.how", { threshold: formats.score(threshold) })}
      </p>
    </div>
  );
}
