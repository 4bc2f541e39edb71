import type { JSX } from "react";

import { Confirm } from "@/forms/Confirm";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import type { OpenView, SavedView } from "./saved";
import { useDropView } from "./useSaved";
import { ViewForm } from "./ViewForm";

interface Props {
  readonly open: OpenView;
  /** What is shown now; null, if that cannot be saved. */
  readonly here: Pick<SavedView, "query" | "chatbot_id"> | null;
  readonly onDone: () => void;
}

/** Saving, renaming and deleting a view. */
export function Keeping({ open, here, onDone }: Props): JSX.Element {
  return open.kind === "delete" ? <Deletion view={open.view} onDone={onDone} /> : <Naming open={open} here={here} onDone={onDone} />;
}

/** The form for a name: of what is shown now, or another one for what was saved. */
function Naming({ open, here, onDone }: Props): JSX.Element {
  const { say } = useTexts();
  const view = open.kind === "rename" ? open.view : null;
  const of = view ?? (open.kind === "new" ? here : null);
  return (
    <Dialog open={of !== null} onOpenChange={(is) => { if (!is) onDone(); }} title={say(view === null ? "saved.save_this" : "saved.rename")}>
      {of === null ? null : <ViewForm view={view} here={of} onDone={onDone} />}
    </Dialog>
  );
}

function Deletion({ view, onDone }: { readonly view: SavedView; readonly onDone: () => void }): JSX.Element {
  const { say } = useTexts();
  const drop = useDropView(onDone);
  return (
    <Confirm
      open
      onClose={onDone}
      title={say("saved.delete_this", { name: view.name })}
      go={say("saved.delete")}
      onGo={() => { drop.mutate(view.id); }}
      busy={drop.isPending}
      error={drop.error}
    >
      <p>{say(view.shared ? "saved.delete.shared" : "saved.delete.own")}</p>
    </Confirm>
  );
}
