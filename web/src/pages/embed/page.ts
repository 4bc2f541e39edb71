import type { AnswerOf } from "@/api/client";
import { FIELDS } from "@/generated/catalogue";
import type { FieldName } from "@/figures";
import { daysAfter, datesOf, stepped, within, type Bounds } from "@/frame/periods";
import type { Feature, Me } from "@/session/me";
import type { Session } from "@/session/Session";
import { OPERATORS, type Filter, type View } from "@/url/view";

/** What whoever reads by an embed link is told of it. */
export type EmbedPage = AnswerOf<"/v1/embed", "get">;

/** Days by which a comparison of weekdays with weekdays may reach further back. */
const ALIGNED = 6;
const YEAR = 366;

/** The days that a link shows. */
export function boundsOf({ first_day: first, last_day: last, today }: Pick<EmbedPage, "first_day" | "last_day" | "today">): Bounds {
  return { first, last, today };
}

/** What is shown of a view: a period that may be looked at, and a comparison only with days that may be, too. */
export function viewWithin(view: View, bounds: Bounds): View {
  const shown = { ...view, period: within(view.period, bounds) };
  return isComparable(shown, bounds) ? shown : { ...shown, compare: { with: "none", weekday: false } };
}

/** Whether the days before, that a view sets its own against, may be looked at. */
export function isComparable({ period, compare }: Pick<View, "period" | "compare">, bounds: Bounds): boolean {
  if (bounds.first === null) return true;
  const dates = datesOf(period, bounds.today);
  if (dates === null) return false;
  const before = compare.with === "year" ? daysAfter(dates.first, -YEAR) : datesOf(stepped(period, dates, -1, bounds.today) ?? period, bounds.today)?.first;
  return before !== undefined && daysAfter(before, compare.weekday ? -ALIGNED : 0) >= bounds.first;
}

/** The filters that a link locks, for people to read; null if they are more than some that all hold. */
export function lockedFilters(said: unknown): readonly Filter[] | null {
  const leaves: readonly unknown[] = Array.isArray(said) ? said : [said];
  const found = leaves.map(filterOf);
  return found.every((each) => each !== null) ? found : null;
}

function filterOf(leaf: unknown): Filter | null {
  const { field, op, value } = (typeof leaf === "object" && leaf !== null ? leaf : {}) as Record<string, unknown>;
  const operator = OPERATORS.find((each) => each.replace("_", " ") === op);
  const [first, ...rest] = (Array.isArray(value) ? value : [value]) as unknown as Filter["values"];
  if (typeof field !== "string" || !Object.hasOwn(FIELDS, field) || operator === undefined) return null;
  return { field: field as FieldName, op: operator, values: [first, ...rest] };
}

/** The fields of filters that the API does not let be asked about here: what visitors wrote, and who they were. */
export function fieldsLeftOut(page: { readonly parts: readonly string[]; readonly transcripts: boolean }): FieldName[] {
  if (page.transcripts) return [];
  const listed = page.parts.includes("questions") || page.parts.includes("unanswered");
  return ["session", "conversation", ...(listed ? [] : (["question", "unanswered_question"] as const))];
}

/** Who looks at an embedded page: nobody with a right, at one chatbot. */
export function sessionOf(page: EmbedPage): Session {
  const features: Feature[] = ["query", "compare", ...(page.transcripts ? (["conversations"] as const) : [])];
  const bot = { chatbot_id: page.chatbot_id, name: page.chatbot_name, timezone: page.timezone, is_published: true, first_event_at: null, last_event_at: null };
  const me: Me = {
    who: `embed:${page.link_id}`,
    user: null,
    role: null,
    scopes: [],
    company: { company_id: "", name: "", timezone: page.timezone },
    companies: [],
    plan: { name: "", analytics: true, features, history_days: -1, conversations_limit: -1, conversations_used: null },
    chatbots: [bot],
  };
  return { me, admin: false, has: (feature) => feature === "analytics" || features.includes(feature), embedded: true };
}
