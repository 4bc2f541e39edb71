import type { JSX } from "react";

import { Link } from "@/parts/Link";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import style from "./Overview.module.css";

const UNLIMITED = -1;

/** How much of the plan is used this month; nothing where it has no bound. */
export function PlanUse({ company }: { readonly company: string }): JSX.Element | null {
  const { say } = useTexts();
  const { conversations_limit: limit, conversations_used: used } = useSession().me.plan;
  if (limit === UNLIMITED || used === null) return null;
  return (
    <section className={style.plan} aria-label={say("plan.use.label")}>
      <meter className={style.meter} min={0} max={limit} high={limit} value={used} aria-label={say("plan.use.label")} />
      <p>
        <Link className={style.open} href={linkTo({ page: "settings", company, section: "plan" })}>{say("plan.use", { used, n: limit })}</Link>{" "}
        <span className={style.quiet}>{say(used > limit ? "plan.over" : "plan.nothing_dropped")}</span>
      </p>
    </section>
  );
}
