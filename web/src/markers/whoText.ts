import type { Say } from "@/texts/texts";

/** Who did something, as people say it: `user:ann` and `link:ann` are ann, `key:deploy` is the key “deploy”. */
export function whoText(who: string, say: Say): string {
  const [kind = "", ...rest] = who.split(":");
  const name = rest.join(":");
  return kind === "user" || kind === "link" ? name : kind === "key" ? say("marker.by_key", { name }) : who;
}
