import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, type JSX } from "react";

import type { AnswerOf } from "@/api/client";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useKept } from "./asking";
import style from "./settings.module.css";

type Job = AnswerOf<"/v1/jobs", "get">["jobs"][number];
const OFTEN_MS = 700;
const SELDOM_MS = 5_000;

/** How far the recounts of chatbots are, after a new threshold; nothing as long as there is none. */
export function Recounts(): JSX.Element | null {
  const { say } = useTexts();
  const { me } = useSession();
  const queries = useQueryClient();
  const first = useKept("/v1/jobs");
  const running = recountsOf(first.data);
  const asked = useKept("/v1/jobs", { everyMs: running.length > 0 ? OFTEN_MS : SELDOM_MS });
  const recounts = recountsOf(asked.data);
  const before = useRef(0);
  useEffect(() => {
    // Done: all figures are others now.
    if (recounts.length < before.current) void queries.invalidateQueries({ queryKey: ["answers"] });
    before.current = recounts.length;
  }, [recounts.length, queries]);
  if (recounts.length === 0) return null;
  return (
    <ul className={style.recounts} role="status">
      {recounts.map((job) => (
        <li key={job.chatbot_id ?? ""}>
          <p>{say("bots.recounting", { name: me.chatbots.find((each) => each.chatbot_id === job.chatbot_id)?.name ?? job.chatbot_id ?? "" })}</p>
          {job.of === null ? <progress className={style.progress} /> : <progress className={style.progress} max={Math.max(1, job.of)} value={job.done} />}
          {job.error === null ? null : <p className={style.error}>{job.error}</p>}
        </li>
      ))}
    </ul>
  );
}

function recountsOf(answer: AnswerOf<"/v1/jobs", "get"> | undefined): readonly Job[] {
  return (answer?.jobs ?? []).filter((job) => job.name === "recount");
}
