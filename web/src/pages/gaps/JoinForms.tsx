import { useState, type JSX } from "react";

import { ask } from "@/api/client";
import { Check } from "@/forms/Field";
import { Form } from "@/forms/Form";
import { useTexts } from "@/texts/texts";
import { DEFAULT_VIEW } from "@/url/view";
import own from "./Gap.module.css";
import { ALL, askedGaps, useGapChange, useGaps, type GapDetail } from "./gaps";

interface MergeProps {
  readonly gap: GapDetail;
  readonly bot: string;
  readonly onDone: () => void;
}

/** Which other gaps mean the same, the nearest first: their questions go into this one. */
export function MergeForm({ gap, bot, onDone }: MergeProps): JSX.Element {
  const { say } = useTexts();
  const [sought, setSought] = useState("");
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const list = useGaps({ ...askedGaps(bot, DEFAULT_VIEW, { state: ALL, q: sought }), near: gap.id });
  const merging = useGapChange((connection, ids: string[]) => ask(connection, "post", "/v1/gaps/{gap_id}/merge", { path: { gap_id: gap.id }, body: { with: ids, if_version: gap.version } }), onDone);
  return (
    <Form onSend={() => { merging.mutate([...picked]); }} send={say("gap.merge.send", { n: picked.size })} busy={merging.isPending} idle={picked.size === 0} error={merging.error}>
      <p>{say("gap.merge.text", { title: gap.title })}</p>
      <input className={own.find} type="search" value={sought} placeholder={say("gaps.find")} aria-label={say("gaps.find")} onChange={(event) => { setSought(event.target.value); }} />
      <div className={own.picks} aria-busy={list.old}>
        {list.gaps.length === 0 ? <p className={own.quiet}>{say("gaps.none.chosen")}</p> : null}
        {list.gaps.map((each) => <Check key={each.id} label={<bdi>{each.title}</bdi>} hint={say("gap.visitors", { n: each.sessions })} checked={picked.has(each.id)} onChange={() => { setPicked(toggled(picked, each.id)); }} />)}
      </div>
    </Form>
  );
}

interface SplitProps {
  readonly gap: GapDetail;
  /** Told of the id of the new gap. */
  readonly onDone: (id: string) => void;
}

/** Which questions mean something else: they get a gap of their own. */
export function SplitForm({ gap, onDone }: SplitProps): JSX.Element {
  const { say } = useTexts();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const splitting = useGapChange(
    (connection, questions: string[]) => ask(connection, "post", "/v1/gaps/{gap_id}/split", { path: { gap_id: gap.id }, body: { questions, if_version: gap.version } }),
    (answer) => { onDone(answer.new_gap.id); },
  );
  const idle = picked.size === 0 || picked.size === gap.distinct_questions; // a question has to stay
  return (
    <Form onSend={() => { splitting.mutate([...picked]); }} send={say("gap.split.send", { n: picked.size })} busy={splitting.isPending} idle={idle} error={splitting.error}>
      <p>{say("gap.split.text")}</p>
      <div className={own.picks}>
        {gap.examples.map(({ question, sessions }) => <Check key={question} label={<bdi>{question}</bdi>} hint={say("gap.visitors", { n: sessions })} checked={picked.has(question)} onChange={() => { setPicked(toggled(picked, question)); }} />)}
      </div>
    </Form>
  );
}

function toggled(all: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const left = [...all].filter((each) => each !== one);
  return new Set(left.length === all.size ? [...left, one] : left);
}
