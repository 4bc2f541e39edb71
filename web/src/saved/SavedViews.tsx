import { lazy, Suspense, useState, type JSX } from "react";

import { sentenceOf } from "@/api/error";
import { copyLink } from "@/toasts/copying";
import { toast } from "@/toasts/toasts";
import { Button } from "@/parts/Button";
import { Link } from "@/parts/Link";
import { Menu } from "@/popups/Popups";
import type { MenuItem } from "@/popups/types";
import { useSession } from "@/session/Session";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { useView } from "@/url/useView";
import { linkToSaved, savedOf, type OpenView, type SavedView } from "./saved";
import style from "./saved.module.css";
import { useChangeView, useSavedViews } from "./useSaved";

const Keeping = lazy(async () => ({ default: (await import("./Keeping")).Keeping }));

/** The pages that somebody saved, to be opened, renamed, shared and deleted; and a way to save the one that is shown. */
export function SavedViews({ address }: { readonly address: Extract<Address, { company: string }> }): JSX.Element | null {
  const { say } = useTexts();
  const { me, admin, has } = useSession();
  const { view, others } = useView();
  const [open, setOpen] = useState<OpenView | null>(null);
  const views = useSavedViews(has("views"));
  const done = (): void => { setOpen(null); };
  const here = savedOf(address, view, others);
  const canSave = here !== null && (me.user !== null || admin);
  if (!has("views") || (views.length === 0 && !canSave)) return null;
  const shown = here === null ? null : linkToSaved(address.company, here);
  return (
    <section className={style.saved} aria-label={say("saved.title")}>
      <h2 className={style.head}>{say("saved.title")}</h2>
      <ul>
        {views.map((each) => {
          const href = linkToSaved(address.company, each);
          return (
            <li key={each.id} className={style.row}>
              <Link className={style.entry} href={href} aria-current={href === shown ? "page" : undefined} title={each.shared ? say("saved.shared", { name: each.name }) : each.name} dir="auto">{each.name}</Link>
              <span className={style.ways}><Ways view={each} href={href} here={here} onOpen={setOpen} /></span>
            </li>
          );
        })}
      </ul>
      {canSave ? <Button look="quiet" className={style.save} onClick={() => { setOpen({ kind: "new" }); }}>{say("saved.save")}</Button> : null}
      {open === null ? null : <Suspense fallback={null}><Keeping open={open} here={here} onDone={done} /></Suspense>}
    </section>
  );
}

interface WaysProps {
  readonly view: SavedView;
  readonly href: string;
  /** What is shown now; null, if that cannot be saved. */
  readonly here: Pick<SavedView, "query" | "chatbot_id"> | null;
  readonly onOpen: (open: OpenView) => void;
}

/** What can be done with a view: admins keep the shared ones, each person its own. */
function Ways({ view, href, here, onOpen }: WaysProps): JSX.Element {
  const { say } = useTexts();
  const { me, admin } = useSession();
  const change = useChangeView(() => { toast(say("saved.changed")); });
  const keep = (changes: Omit<Parameters<typeof change.mutate>[0], "id">): void => {
    change.mutate({ ...changes, id: view.id }, { onError: (error) => { toast(sentenceOf(error, say), { failed: true }); } });
  };
  const items: MenuItem[] = [{ id: "copy", text: say("menu.link"), onPick: () => { void copyLink(window.location.origin + href, say); } }];
  if (view.shared ? admin : me.user !== null) {
    items.push({ id: "rename", text: say("saved.rename"), onPick: () => { onOpen({ kind: "rename", view }); } });
    if (here !== null) items.push({ id: "update", text: say("saved.update"), onPick: () => { keep(here); } });
    if (admin) items.push({ id: "share", text: say(view.shared ? "saved.unshare" : "saved.share"), onPick: () => { keep({ shared: !view.shared }); } });
    items.push({ id: "delete", text: say("saved.delete"), onPick: () => { onOpen({ kind: "delete", view }); } });
  }
  return <Menu look="quiet" label={say("menu.of", { name: view.name })} trigger={<span aria-hidden="true">⋯</span>} groups={[{ items }]} />;
}
