import { useState, type JSX } from "react";

import { Button } from "@/parts/Button";
import { Dialog, Menu } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import { DismissForm, FixForm, RenameForm, ReopenForm } from "./ChangeForms";
import own from "./Gap.module.css";
import type { GapDetail } from "./gaps";
import { MergeForm, SplitForm } from "./JoinForms";

interface Props {
  readonly gap: GapDetail;
  readonly bot: string;
  readonly zone: string;
  readonly onChoose: (id: string | null) => void;
}

type Deed = "fix" | "dismiss" | "reopen" | "rename" | "merge" | "split";

/** What an admin may do with a gap: say that it is fixed, let go of it, take it up again, name it, join it, part it. */
export function Actions({ gap, bot, zone, onChoose }: Props): JSX.Element {
  const { say } = useTexts();
  const [doing, setDoing] = useState<Deed | null>(null);
  const done = (): void => { setDoing(null); };
  // The list lets go of it then, but whoever did it sees what became of it.
  const decided = (): void => { done(); onChoose(gap.id); };
  const isOpen = gap.state === "open" || gap.state === "reopened";
  const more = [...(isOpen ? ["dismiss"] : []), "rename", "merge", ...(gap.examples.length > 1 ? ["split"] : [])] as Deed[];
  const items = more.map((each) => ({ id: each, text: say(`gap.do.${each}`), onPick: () => { setDoing(each); } }));
  return (
    <div className={own.actions}>
      {isOpen ? <Button look="main" onClick={() => { setDoing("fix"); }}>{say("gap.do.fix")}</Button> : <Button onClick={() => { setDoing("reopen"); }}>{say("gap.do.reopen")}</Button>}
      <Menu trigger={<>{say("gap.do.more")} <span aria-hidden="true">▾</span></>} groups={[{ items }]} />
      <Dialog open={doing !== null} onOpenChange={(open) => { if (!open) done(); }} title={doing === null ? "" : say(`gap.do.${doing}`)}>
        {doing === "fix" ? <FixForm gap={gap} zone={zone} onDone={decided} /> : null}
        {doing === "dismiss" ? <DismissForm gap={gap} onDone={decided} /> : null}
        {doing === "reopen" ? <ReopenForm gap={gap} onDone={done} /> : null}
        {doing === "rename" ? <RenameForm gap={gap} onDone={done} /> : null}
        {doing === "merge" ? <MergeForm gap={gap} bot={bot} onDone={done} /> : null}
        {doing === "split" ? <SplitForm gap={gap} onDone={(id) => { done(); onChoose(id); }} /> : null}
      </Dialog>
    </div>
  );
}
