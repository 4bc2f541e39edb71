import { describe, expect, it } from "vitest";

import { itemsOf, nextUnanswered, type Message, type Transcript } from "./items";

const at = (second: number): string => `2026-03-18T09:30:0${String(second)}.000000Z`;
const message = (id: string, second: number, unanswered = false): Message => ({
  id, role: "assistant", content: id, created_at: at(second), confidence_score: null, fallback: false, unanswered, latency_ms: null, feedback: null, revision: 0,
});
const transcript = (part: Partial<Transcript>): Transcript => ({
  conversation_id: "c", chatbot_id: "b", session_id: null, language: "und", channel: null, started_at: at(0), ended_at: at(9), test: false, counted: true,
  messages: [], rating: null, handoffs: [], outcomes: [], feedback_on_unknown_messages: [],
  facts: { messages: 0, questions: 0, answers: 0, unanswered: 0, positive_feedback: 0, negative_feedback: 0, handoff: false, human: false, engaged: false, abandoned: false, confirmed: false, first_question: null },
  ...part,
});

describe("what stands in a transcript", () => {
  it("is in the order of time, and a message before what came of it in the same moment", () => {
    const items = itemsOf(
      transcript({
        messages: [message("m1", 1), message("m2", 3), message("m3", 3)],
        handoffs: [{ created_at: at(2), reason: "angry" }],
        outcomes: [{ name: "order", value: 5, created_at: at(3) }],
        rating: { score: 4, created_at: at(5) },
        feedback_on_unknown_messages: [{ message_id: "?", value: "negative", comment: null, created_at: at(4) }],
      }),
    );
    expect(items.map((item) => (item.kind === "message" ? item.message.id : item.kind))).toEqual(["m1", "handoff", "m2", "m3", "outcome", "lost", "rating"]);
  });

  it("has a next unanswered answer, from the last one the first again", () => {
    const of = transcript({ messages: [message("m1", 1), message("m2", 2, true), message("m3", 3), message("m4", 4, true)] });
    expect(nextUnanswered(of, null)).toBe("m2");
    expect(nextUnanswered(of, "m2")).toBe("m4");
    expect(nextUnanswered(of, "m3")).toBe("m4");
    expect(nextUnanswered(of, "m4")).toBe("m2");
    expect(nextUnanswered(transcript({ messages: [message("m1", 1)] }), null)).toBeNull();
  });
});
