import type { JSX } from "react";

import { useChatbots } from "@/api/useChatbots";
import type { Figure, Row } from "@/figures";
import { useFormats } from "@/format/useFormats";
import { useTexts } from "@/texts/texts";
import style from "./Gaps.module.css";

interface Props {
  /** The figures of the whole; undefined until they are known. */
  readonly whole: Row | undefined;
  /** Of how many answers it is known whether they failed. */
  readonly answers: Figure | undefined;
  readonly bot: string;
}

/** How much a chatbot could not answer, and what that means: enough for whoever sees it for the first time. */
export function Summary({ whole, answers, bot }: Props): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const threshold = useChatbots().find((each) => each.chatbot_id === bot)?.confidence_threshold;
  return (
    <div className={style.summary}>
      <strong>
        {whole === undefined || answers === undefined ? say("gaps.title") : say("gaps.summary", {
          failed: formats.figure(whole.unanswered_answers, "unanswered_answers"),
          answers: formats.count(answers),
          share: formats.figure(whole.unanswered_rate, "unanswered_rate"),
        })}
      </strong>
      <p className={style.of}>
        {say("gaps.intro")} {threshold == null ? say("gaps.how.fallback") : say("gaps.how", { threshold: formats.score(threshold) })}
      </p>
    </div>
  );
}
