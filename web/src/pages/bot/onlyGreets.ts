import { BESIDE, CORE, LONGEST, MOST_WORDS } from "@/generated/greetings";

const WORDS = /[\p{L}\p{N}_]+/gu;
const WHOLE = new RegExp(`^(?:(?:${BESIDE}) )*(?:${CORE})(?: (?:${CORE}|${BESIDE}))*$`, "u");

/** Whether the normal form of a question greets, thanks or says goodbye, and nothing else; by the rule of `botlens report`. */
export function onlyGreets(form: string): boolean {
  const words = Array.from(form).slice(0, LONGEST).join("").match(WORDS) ?? [];
  return words.length <= MOST_WORDS && WHOLE.test(words.join(" "));
}
