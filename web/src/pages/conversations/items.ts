import type { AnswerOf } from "@/api/client";

export type Transcript = AnswerOf<"/v1/conversations/{conversation_id}", "get">;
export type Message = Transcript["messages"][number];
export type Vote = NonNullable<Message["feedback"]>;

/** What stands in a transcript, one under the other. */
export type Item =
  | { readonly kind: "message"; readonly at: string; readonly message: Message }
  | { readonly kind: "handoff"; readonly at: string; readonly reason: string | null }
  | { readonly kind: "outcome"; readonly at: string; readonly name: string; readonly value: number | null }
  | { readonly kind: "rating"; readonly at: string; readonly score: number }
  | { readonly kind: "lost"; readonly at: string; readonly vote: Vote };

/** Everything of a conversation in the order of time; of the same moment, messages first and in their own order. */
export function itemsOf(of: Transcript): Item[] {
  const items: Item[] = [
    ...of.messages.map((message) => ({ kind: "message", at: message.created_at, message }) as const),
    ...of.handoffs.map(({ created_at: at, reason }) => ({ kind: "handoff", at, reason }) as const),
    ...of.outcomes.map(({ created_at: at, name, value }) => ({ kind: "outcome", at, name, value }) as const),
    ...(of.rating === null ? [] : [{ kind: "rating", at: of.rating.created_at, score: of.rating.score } as const]),
    ...of.feedback_on_unknown_messages.map((vote) => ({ kind: "lost", at: vote.created_at, vote }) as const),
  ];
  // The moments of the API are all of one form, so their texts are in the order of time; sorting keeps ties.
  return items.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

/** The unanswered message after another one; after the last, the first again. Null: there is none. */
export function nextUnanswered(of: Transcript, after: string | null): string | null {
  const failed = of.messages.filter((message) => message.unanswered).map((message) => message.id);
  if (failed.length === 0) return null;
  const order = of.messages.map((message) => message.id);
  const here = after === null ? -1 : order.indexOf(after);
  return failed.find((id) => order.indexOf(id) > here) ?? failed[0] ?? null;
}
