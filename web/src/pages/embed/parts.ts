import type { BotQuestion } from "@/pages/bot/questions";

/** What an embed link may show of the page of a chatbot, in the order of that page. */
export const PARTS = ["cards", "chart", "questions", "unanswered", "hours", "languages", "channels", "outcomes", "depth", "drop_off", "retention", "ratings", "conversations"] as const;
export type Part = (typeof PARTS)[number];

/** What the page of a chatbot asks for a part of it. */
const ASKED = {
  cards: "cards",
  chart: "chart",
  questions: "top",
  unanswered: "unanswered",
  hours: "heat",
  languages: "languages",
  channels: "channels",
  outcomes: "outcomes",
  depth: "depth",
  drop_off: "drop_off",
  retention: "retention",
  ratings: "ratings",
} as const satisfies Record<Exclude<Part, "conversations">, BotQuestion>;

/** What is asked for some parts; conversations are a list of their own. */
export function askedFor(parts: readonly Part[]): ReadonlySet<BotQuestion> {
  return new Set(parts.flatMap((part) => (part === "conversations" ? [] : [ASKED[part]])));
}

export const FIRST_PARTS: readonly Part[] = ["cards", "chart", "questions", "unanswered", "hours", "languages", "channels", "outcomes", "ratings"];

/**
 * The page that a host puts into its own: a frame, and a script that gives the frame the height it asks for. It listens to
 * this server alone.
 */
export function snippetFor(url: string, title: string): string {
  const { origin } = new URL(url);
  return `<iframe id="botlens" title="${attribute(title)}" src="${attribute(url)}"
  style="width: 100%; height: 600px; border: 0" referrerpolicy="no-referrer"></iframe>
<script>
  addEventListener("message", (event) => {
    const frame = document.getElementById("botlens");
    if (event.origin !== ${JSON.stringify(origin)} || event.source !== frame.contentWindow) return;
    if (event.data?.type === "botlens:height") frame.style.height = event.data.height + "px";
  });
</script>`;
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** The origins that somebody wrote down, a line or comma each: "https://app.example.com/page" is "https://app.example.com". */
export function originsIn(text: string): { origins: readonly string[]; wrong: readonly string[] } {
  const origins = new Set<string>();
  const wrong: string[] = [];
  for (const each of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const origin = originOf(each);
    if (origin === null) wrong.push(each);
    else origins.add(origin);
  }
  return { origins: [...origins], wrong };
}

function originOf(text: string): string | null {
  try {
    const url = new URL(text.includes("://") ? text : `https://${text}`);
    return url.protocol === "https:" || url.protocol === "http:" ? url.origin : null;
  } catch {
    return null;
  }
}
