import { useEffect, type JSX } from "react";

import type { MetricName } from "@/figures";
import type { Bounds } from "@/frame/periods";
import { BotPage } from "@/pages/bot/BotPage";
import type { Address } from "@/url/address";
import { narrowed, type Cell } from "@/url/behind";
import { printView } from "@/url/url";
import { linkTo, useView } from "@/url/useView";
import type { Filter } from "@/url/view";
import { ListedConversations } from "./ListedConversations";
import { viewWithin } from "./page";
import { askedFor, type Part } from "./parts";
import style from "./embed.module.css";

interface Props {
  /** Where this stands: all that can be clicked leads there again. */
  readonly address: Address;
  readonly company: string;
  readonly bot: string;
  readonly zone: string;
  readonly parts: readonly Part[];
  readonly bounds: Bounds;
  /** Filters that are always asked with; of a link the server adds them. */
  readonly locked?: readonly Filter[];
}

/** What an embed link shows of the page of a chatbot: the parts of that page, and nothing that leads out of it. */
export function EmbedBody({ address, company, bot, zone, parts, bounds, locked = [] }: Props): JSX.Element {
  const { view: own, others, change } = useView();
  const view = viewWithin(own, bounds);
  const differs = printView(view) !== printView(own);
  useEffect(() => {
    if (differs) change(view, "replace"); // what is shown stands in the address
  });
  const listed = parts.includes("conversations");
  const asked = { ...view, filters: [...locked, ...view.filters] };
  const links = {
    filtered: (cell: Cell): string | undefined => {
      const found = narrowed(view, cell);
      return found === null ? undefined : linkTo(address, found, others);
    },
    behind: (metric: MetricName, cell: Cell): string | undefined => {
      const found = listed ? narrowed(view, cell, metric) : null;
      return found === null ? undefined : linkTo(address, own, { list: printView({ ...found, metric }) });
    },
  };
  return (
    <div className={style.body}>
      <BotPage company={company} bot={bot} framed={{ parts: askedFor(parts), view: asked, links }} />
      {listed ? <ListedConversations address={address} bot={bot} zone={zone} view={view} locked={locked} /> : null}
    </div>
  );
}
