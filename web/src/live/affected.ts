/** What is asked anew when numbers change; the first part of a key of the store of queries. */
const LIVE = new Set(["answers", "conversations", "conversation", "me", "markers", "effect", "views", "rejections", "gaps", "gap"]);

/**
 * Whether what is kept under a key may be another one, now that the numbers of these chatbots are.
 *
 * @param chatbots null if it may be all of them.
 */
export function isAffected(key: readonly unknown[], chatbots: ReadonlySet<string> | null): boolean {
  if (typeof key[0] !== "string" || !LIVE.has(key[0])) return false;
  if (chatbots === null) return true;
  if (key[0] === "conversation") return typeof key[2] !== "string" || chatbots.has(key[2]);
  if (key[0] !== "answers") return true;
  const questions = Object.values((key[2] ?? {}) as Record<string, { chatbots?: readonly string[] } | undefined>);
  return questions.some((each) => each?.chatbots === undefined || each.chatbots.some((bot) => chatbots.has(bot)));
}

/** Both together: what changed since it was last asked for. */
export function joined(one: ReadonlySet<string> | null, other: readonly string[] | null): ReadonlySet<string> | null {
  return one === null || other === null ? null : new Set([...one, ...other]);
}
