import { useState, type JSX } from "react";

import { ask, type AnswerOf } from "@/api/client";
import { useChange, useKept } from "@/forms/asking";
import { TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { useFormats } from "@/format/useFormats";
import { Card } from "@/parts/Card";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { Kept } from "./Kept";
import style from "./settings.module.css";

type GapCompany = AnswerOf<"/v1/company", "get">;

/** When a gap counts as fixed, and which questions everybody may read. */
export function GapSettings(): JSX.Element {
  const { say } = useTexts();
  const { admin } = useSession();
  const asked = useKept("/v1/company");
  return (
    <Card title={say("settings.gaps")}>
      <Kept asked={asked} height="200px" what={say("settings.gaps")}>
        {(company) => (admin ? <GapForm company={company} /> : <GapFacts company={company} />)}
      </Kept>
    </Card>
  );
}

function GapForm({ company }: { readonly company: GapCompany }): JSX.Element {
  const { say } = useTexts();
  const [limit, setLimit] = useState(percentOf(company.gap_limit));
  const [floor, setFloor] = useState(String(company.question_floor));
  const given = {
    ...(limit === percentOf(company.gap_limit) ? {} : { gap_limit: Number(limit) / 100 }),
    ...(floor === String(company.question_floor) ? {} : { question_floor: Number(floor) }),
  };
  const change = useChange((connection) => ask(connection, "patch", "/v1/company", { body: given }));
  const idle = Object.keys(given).length === 0;
  return (
    <Form onSend={() => { change.mutate(); }} send={say("form.save")} busy={change.isPending} idle={idle} error={change.error} fields={["gap_limit", "question_floor"]} done={change.isSuccess && idle ? say("form.saved") : null}>
      <TextField label={say("settings.gap_limit")} hint={say("settings.gap_limit.hint")} type="number" min={1} max={90} step="any" required inputMode="decimal" value={limit} error={errorOf(change.error, "gap_limit")} onChange={(event) => { setLimit(event.target.value); }} />
      <TextField label={say("settings.question_floor")} hint={say("settings.question_floor.hint")} type="number" min={1} required inputMode="numeric" value={floor} error={errorOf(change.error, "question_floor")} onChange={(event) => { setFloor(event.target.value); }} />
    </Form>
  );
}

/** The same for those who only read. */
function GapFacts({ company }: { readonly company: GapCompany }): JSX.Element {
  const { say } = useTexts();
  const { share } = useFormats();
  return (
    <dl className={style.facts}>
      <dt>{say("settings.gap_limit")}</dt>
      <dd>{share(company.gap_limit)}</dd>
      <dt>{say("settings.question_floor")}</dt>
      <dd>{company.question_floor}</dd>
    </dl>
  );
}

/** A share as percent for a field: without what floating point adds. */
function percentOf(share: number): string {
  return String(Math.round(share * 10_000) / 100);
}
