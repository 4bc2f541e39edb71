import { useQuery } from "@tanstack/react-query";
import { useState, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ask, type AnswerOf } from "@/api/client";
import type { Answer } from "@/api/questions";
import type { Figure } from "@/figures";
import { TextField } from "@/forms/Field";
import { errorOf, Form } from "@/forms/Form";
import { dateIn } from "@/format/formatDate";
import { isZone } from "@/format/zones";
import { useFormats } from "@/format/useFormats";
import { Card } from "@/parts/Card";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import { useChange, useKept } from "@/forms/asking";
import { GapSettings } from "./GapSettings";
import { Kept } from "./Kept";
import style from "./settings.module.css";
import { ZoneNames } from "./ZoneNames";

type Company = AnswerOf<"/v1/company", "get">;

/** Name, zone and how long conversations are kept; and what gaps go by. */
export function General(): JSX.Element {
  const { say } = useTexts();
  const { admin, has } = useSession();
  const asked = useKept("/v1/company");
  return (
    <>
      <Card title={say("settings.general")}>
        <Kept asked={asked} height="300px" what={say("settings.general")}>
          {(company) => (admin ? <CompanyForm company={company} /> : <CompanyFacts company={company} />)}
        </Kept>
      </Card>
      {has("gaps") ? <GapSettings /> : null}
    </>
  );
}

function CompanyForm({ company }: { readonly company: Company }): JSX.Element {
  const { say } = useTexts();
  const [name, setName] = useState(company.name);
  const [zone, setZone] = useState(company.timezone);
  const [days, setDays] = useState(company.retention_days === null ? "" : String(company.retention_days));
  const retention = days.trim() === "" ? null : Number(days);
  const given = {
    ...(name === company.name ? {} : { name }),
    ...(zone === company.timezone ? {} : { timezone: zone }),
    ...(retention === company.retention_days ? {} : { retention_days: retention }),
  };
  const change = useChange((connection) => ask(connection, "patch", "/v1/company", { body: given }));
  const idle = Object.keys(given).length === 0;
  const shorter = retention !== null && retention !== company.retention_days && (company.retention_days === null || retention < company.retention_days);
  return (
    <Form
      onSend={() => { change.mutate(); }}
      send={say("form.save")}
      busy={change.isPending}
      idle={idle}
      error={change.error}
      fields={["name", "timezone", "retention_days"]}
      done={change.isSuccess && idle ? say("form.saved") : null}
    >
      <TextField label={say("settings.name")} value={name} required maxLength={200} error={errorOf(change.error, "name")} onChange={(event) => { setName(event.target.value); }} />
      <TextField
        label={say("settings.zone")}
        value={zone}
        required
        list="zones"
        error={errorOf(change.error, "timezone") ?? (isZone(zone) ? undefined : say("settings.zone.unknown"))}
        hint={<Today zone={zone} />}
        onChange={(event) => { setZone(event.target.value); }}
      />
      <ZoneNames id="zones" />
      <TextField
        label={say("settings.retention")}
        type="number"
        min={1}
        inputMode="numeric"
        placeholder={say("settings.retention.forever")}
        value={days}
        error={errorOf(change.error, "retention_days")}
        hint={shorter ? <strong className={style.warning}>{say("settings.retention.shorter")}</strong> : say("settings.retention.hint")}
        onChange={(event) => { setDays(event.target.value); }}
      />
    </Form>
  );
}

/** What "today" is in a zone, as the API counts it: before anything is changed. */
function Today({ zone }: { readonly zone: string }): JSX.Element {
  const { say } = useTexts();
  const formats = useFormats();
  const connection = useConnection();
  const { has } = useSession();
  const known = isZone(zone);
  const asked = useQuery({
    queryKey: ["settings", connection.company, "today", zone],
    queryFn: ({ signal }) => ask(connection, "post", "/v1/query", { body: { metrics: ["conversations"], period: "today", timezone: zone }, signal }),
    enabled: known && has("query"),
  });
  const { from, count } = todayIn(asked.data);
  if (!known || from === null || count === null) return <>{say("settings.zone.hint")}</>;
  return <>{formats.counted("settings.zone.today", count, { date: formats.date(dateIn(from, zone), "weekday") })}</>;
}

function todayIn(answer: Answer | undefined): { from: string | null; count: Figure | null } {
  return { from: answer?.meta.window.from ?? null, count: answer?.rows[0]?.conversations ?? null };
}

/** The same for those who only read. */
function CompanyFacts({ company }: { readonly company: Company }): JSX.Element {
  const { say } = useTexts();
  const days = company.retention_days;
  return (
    <dl className={style.facts}>
      <dt>{say("settings.name")}</dt>
      <dd dir="auto">{company.name}</dd>
      <dt>{say("settings.zone")}</dt>
      <dd>{company.timezone}</dd>
      <dt>{say("settings.retention")}</dt>
      <dd>{days === null ? say("settings.retention.forever") : say("settings.retention.days", { n: days })}</dd>
    </dl>
  );
}
