import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type JSX } from "react";

import type { AnswerOf } from "@/api/client";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useKept } from "@/forms/asking";
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
  const counting = recounts.map((job) => job.chatbot_id ?? "").join("\n");
  const [seen, setSeen] = useState<{ counting: string; ended: readonly string[] }>({ counting: "", ended: [] });
  if (seen.counting !== counting) {
    const now = new Set(counting.split("\n"));
    const ended = seen.counting === "" ? [] : seen.counting.split("\n").filter((bot) => !now.has(bot));
    setSeen({ counting, ended });
  }
  useEffect(() => {
    if (seen.ended.length > 0) void queries.invalidateQueries({ queryKey: ["answers"] }); // all figures are others now
  }, [seen.ended, queries]);
  const nameOf = (bot: string): string => me.chatbots.find((each) => each.chatbot_id === bot)?.name ?? bot;
  if (recounts.length === 0 && seen.ended.length === 0) return null;
  return (
    <ul className={style.recounts} role="status">
      {seen.ended.map((bot) => (
        <li key={`ended ${bot}`} className={style.ended}><span aria-hidden="true">✓</span> {say("bots.recounted", { name: nameOf(bot) })}</li>
      ))}
      {recounts.map((job) => (
        <li key={job.chatbot_id ?? ""}>
          <p>{say("bots.recounting", { name: nameOf(job.chatbot_id ?? "") })}</p>
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
