import { LONGEST, MOST_WORDS, ONLY_GREETS_OR_THANKS } from "@/generated/greetings";

const WORDS = /[\p{L}\p{N}_]+/gu;
const WHOLE = new RegExp(`^(?:${ONLY_GREETS_OR_THANKS})$`, "u");

/** Whether the normal form of a question greets, thanks or says goodbye, and nothing else; by the rule of `botlens report`. */
export function onlyGreets(form: string): boolean {
  const words = Array.from(form).slice(0, LONGEST).join("").match(WORDS) ?? [];
  return words.length <= MOST_WORDS && WHOLE.test(words.join(" "));
}
