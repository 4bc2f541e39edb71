import { chatbotsInAddress } from "@/api/inAddress";
import { askedFilter } from "@/url/asked";
import type { View } from "@/url/view";

/** What a list of conversations is of. */
export interface Listed {
  /** The chatbot; null is all of the company. */
  readonly bot: string | null;
  readonly view: View;
  /** What was looked for; "" is nothing. */
  readonly search: string;
}

/** A list as the API is asked for it, by `GET /v1/conversations` and by `GET /v1/export` alike: so both have the same. */
export interface AskedList {
  readonly period?: string;
  readonly from?: string;
  readonly to?: string;
  readonly chatbots?: string[];
  readonly filters?: string;
  readonly metric?: string;
  readonly search?: string;
}

export const LONGEST_SEARCH = 100;

/** How the API is asked for a list. */
export function askedList({ bot, view, search }: Listed): AskedList {
  const { period, filters, metric } = view;
  const sought = search.trim();
  return {
    ...("name" in period ? { period: period.name } : { from: period.first, to: period.last }),
    ...(bot === null ? {} : { chatbots: chatbotsInAddress([bot]) }),
    ...(filters.length === 0 ? {} : { filters: JSON.stringify(filters.map(askedFilter)) }),
    ...(metric === null ? {} : { metric }),
    ...(sought === "" ? {} : { search: Array.from(sought).slice(0, LONGEST_SEARCH).join("") }),
  };
}
