import type { JSX } from "react";

import { Card } from "@/parts/Card";
import { includes, type Feature } from "@/session/me";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import style from "./settings.module.css";
import own from "./Plan.module.css";

const FEATURES: readonly Feature[] = ["analytics", "query", "compare", "conversations", "export", "gaps", "markers", "views", "embed"];
const UNLIMITED = -1;

/** What the plan includes, and how much of it is used this month. */
export function Plan(): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const { plan } = me;
  return (
    <>
      <Card title={say("plan.title", { plan: plan.name })}>
        <Use />
        <dl className={style.facts}>
          <dt>{say("plan.history")}</dt>
          <dd>{plan.history_days === UNLIMITED ? say("plan.history.all") : say("plan.history.days", { n: plan.history_days })}</dd>
        </dl>
      </Card>
      <Card title={say("plan.features")}>
        <ul className={own.features}>
          {FEATURES.map((feature) => {
            const has = includes(me, feature);
            return (
              <li key={feature} className={has ? undefined : own.lacking}>
                <span aria-hidden="true">{has ? "✓" : "–"}</span> {say(`plan.feature.${feature}`)}
                {has ? null : <span className="spoken">, {say("plan.not_included")}</span>}
              </li>
            );
          })}
        </ul>
        <p className={style.hint}>{say("plan.who")}</p>
      </Card>
    </>
  );
}

function Use(): JSX.Element | null {
  const { say } = useTexts();
  const { conversations_limit: limit, conversations_used: used } = useSession().me.plan;
  if (used === null) return null; // whoever may not read does not hear it
  if (limit === UNLIMITED) return <p>{say("plan.use.unlimited", { used })}</p>;
  return (
    <div className={own.use}>
      <p>{say("plan.use", { used, limit })}</p>
      <meter className={style.meter} min={0} max={limit} high={limit} value={used} aria-label={say("plan.use.label")} />
      <p className={style.hint}>{say(used > limit ? "plan.over" : "plan.nothing_dropped")}</p>
    </div>
  );
}
