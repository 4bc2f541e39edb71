import { useId, useState, type JSX, type KeyboardEvent } from "react";

import type { RailBot } from "../Rail";
import { Dialog } from "@/popups/Popups";
import { useTexts } from "@/texts/texts";
import type { Address } from "@/url/address";
import { matching, type Offer } from "./matching";
import { useOffers } from "./useOffers";
import style from "./keys.module.css";

interface Props {
  readonly address: Extract<Address, { company: string }>;
  readonly bots: readonly RailBot[];
  readonly onOpenChange: (open: boolean) => void;
  readonly onSheet: () => void;
}

/** Goes anywhere by a few letters: chatbots, pages, figures, periods, a conversation by its id. */
export function Palette({ address, bots, onOpenChange, onSheet }: Props): JSX.Element {
  const { say } = useTexts();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { offers, byId } = useOffers(address, bots, onSheet);
  const found = [...matching(offers, typed), ...byId(typed)];
  const current = found[Math.min(at, found.length - 1)];
  const pick = (offer: Offer | undefined): void => {
    if (offer === undefined) return;
    onOpenChange(false);
    offer.onPick();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      const to = (Math.min(at, found.length - 1) + step + found.length) % found.length;
      setAt(to);
      document.getElementById(`${id} ${String(to)}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      pick(current);
    }
  };
  return (
    <Dialog open onOpenChange={onOpenChange} title={say("palette.title")}>
      <div className={style.palette}>
        <input
          className={style.field}
          role="combobox"
          autoFocus
          dir="auto"
          aria-label={say("palette.placeholder")}
          aria-expanded="true"
          aria-controls={`${id} list`}
          aria-activedescendant={current === undefined ? undefined : `${id} ${String(found.indexOf(current))}`}
          placeholder={say("palette.placeholder")}
          value={typed}
          onChange={(event) => { setTyped(event.target.value); setAt(0); }}
          onKeyDown={pressed}
        />
        <OfferList id={id} found={found} current={current} onPoint={setAt} onPick={pick} />
        {found.length === 0 ? <p className={style.nothing} role="status">{say("palette.nothing")}</p> : null}
      </div>
    </Dialog>
  );
}

interface OfferListProps {
  readonly id: string;
  readonly found: readonly Offer[];
  readonly current: Offer | undefined;
  readonly onPoint: (index: number) => void;
  readonly onPick: (offer: Offer) => void;
}

/** What is found, in its groups; one of it is what Enter takes. */
function OfferList({ id, found, current, onPoint, onPick }: OfferListProps): JSX.Element {
  const { say } = useTexts();
  return (
    <ul id={`${id} list`} className={style.offers} role="listbox" aria-label={say("palette.title")}>
      {found.map((offer, index) => (
        <li
          key={offer.id}
          id={`${id} ${String(index)}`}
          className={style.offer}
          role="option"
          aria-selected={offer === current}
          data-first={index > 0 && found[index - 1]?.group !== offer.group}
          onMouseMove={() => { onPoint(index); }}
          onClick={() => { onPick(offer); }}
        >
          <span className={`visitor ${style.text ?? ""}`} dir="auto">{offer.text}</span>
          <span className={style.hint}>{offer.hint ?? offer.group}</span>
        </li>
      ))}
    </ul>
  );
}
