import type { JSX } from "react";

import { Check, SelectField, TextField } from "@/forms/Field";
import { Filters } from "@/frame/Filters";
import { originsIn, PARTS, type Part } from "@/pages/embed/parts";
import { useSession } from "@/session/Session";
import { LANGUAGES, OWN_NAMES, useTexts } from "@/texts/texts";
import { THEMES, type Theme } from "@/theme";
import type { Filter } from "@/url/view";
import style from "./settings.module.css";
import builder from "./EmbedBuilder.module.css";

export interface Draft {
  readonly bot: string;
  readonly name: string;
  readonly parts: readonly Part[];
  readonly origins: string;
  readonly filters: readonly Filter[];
  readonly history: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly theme: Theme;
  readonly accent: string;
  readonly language: string;
  readonly transcripts: boolean;
  readonly expires: string;
}

interface Props {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
}

const ACCENT = "#006dd6";
const EXAMPLE = "https://app.example.com";

/** Whether a text is a colour as the API takes it. */
export function isColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text.trim());
}

/** All that can be said of an embed link. */
export function EmbedFields({ draft, onChange }: Props): JSX.Element {
  const { say } = useTexts();
  const { me } = useSession();
  const { wrong } = originsIn(draft.origins);
  return (
    <div className={builder.two}>
      <SelectField label={say("embed.bot")} value={draft.bot} onChange={(event) => { onChange({ bot: event.target.value }); }}>
        {me.chatbots.map((bot) => (
          <option key={bot.chatbot_id} value={bot.chatbot_id}>{bot.name ?? bot.chatbot_id}</option>
        ))}
      </SelectField>
      <TextField label={say("settings.name")} hint={say("embed.name.hint")} value={draft.name} onChange={(event) => { onChange({ name: event.target.value }); }} />
      <TextField
        label={say("embed.origins")}
        placeholder={EXAMPLE}
        hint={say("embed.origins.hint")}
        error={wrong.length === 0 ? undefined : say("embed.origins.wrong", { origin: wrong.join(", ") })}
        value={draft.origins}
        onChange={(event) => { onChange({ origins: event.target.value }); }}
      />
      <TextField label={say("embed.expires")} type="date" hint={say("embed.expires.hint")} value={draft.expires} onChange={(event) => { onChange({ expires: event.target.value }); }} />
      <TextField label={say("embed.history")} type="number" min={1} placeholder={say("plan.history.all")} hint={say("embed.history.hint")} value={draft.history} onChange={(event) => { onChange({ history: event.target.value }); }} />
      <TextField label={say("embed.accent")} placeholder={ACCENT} pattern="#[0-9a-fA-F]{6}" hint={say("embed.accent.hint")} error={draft.accent === "" || isColor(draft.accent) ? undefined : say("embed.accent.wrong")} value={draft.accent} onChange={(event) => { onChange({ accent: event.target.value }); }} />
      <TextField label={say("embed.first_day")} type="date" max={draft.lastDay} value={draft.firstDay} onChange={(event) => { onChange({ firstDay: event.target.value }); }} />
      <TextField label={say("embed.last_day")} type="date" min={draft.firstDay} value={draft.lastDay} onChange={(event) => { onChange({ lastDay: event.target.value }); }} />
      <fieldset className={`${style.choices ?? ""} ${builder.wide ?? ""}`}>
        <legend>{say("embed.filters")}</legend>
        <div className={builder.filters}>
          <Filters filters={draft.filters} chatbot={draft.bot} onChange={(filters) => { onChange({ filters }); }} />
        </div>
        <p className={style.hint}>{say("embed.filters.hint")}</p>
      </fieldset>
      <SelectField label={say("frame.theme")} value={draft.theme} onChange={(event) => { onChange({ theme: event.target.value as Theme }); }}>
        {THEMES.map((theme) => (
          <option key={theme} value={theme}>{say(`frame.theme.${theme}`)}</option>
        ))}
      </SelectField>
      <SelectField label={say("frame.language")} value={draft.language} onChange={(event) => { onChange({ language: event.target.value }); }}>
        <option value="">{say("embed.language.browser")}</option>
        {LANGUAGES.map((language) => (
          <option key={language} value={language}>{OWN_NAMES[language]}</option>
        ))}
      </SelectField>
      <fieldset className={`${style.choices ?? ""} ${builder.wide ?? ""}`}>
        <legend>{say("embed.parts")}</legend>
        <div className={builder.grid}>
          {PARTS.map((part) => (
            <Check
              key={part}
              label={say(`embed.part.${part}`)}
              checked={draft.parts.includes(part)}
              onChange={(event) => {
                const parts = PARTS.filter((each) => (each === part ? event.target.checked : draft.parts.includes(each)));
                onChange(parts.includes("conversations") ? { parts, transcripts: true } : { parts }); // a list of conversations leads to them
              }}
            />
          ))}
        </div>
        <Check
          label={say("embed.transcripts")}
          hint={say("embed.transcripts.hint")}
          checked={draft.transcripts}
          onChange={(event) => {
            const transcripts = event.target.checked;
            onChange(transcripts ? { transcripts } : { transcripts, parts: draft.parts.filter((part) => part !== "conversations") });
          }}
        />
      </fieldset>
    </div>
  );
}
