/** How programs send their first conversation. */
export const TOOLS = ["curl", "python", "javascript"] as const;
export type Tool = (typeof TOOLS)[number];

export interface Sending {
  /** The address of the server, without a slash at the end. */
  readonly server: string;
  readonly key: string;
  readonly bot: string;
}

const QUESTION = "Do you rent out sofas?";
const ANSWER = "We do, by the month.";

/** What to run, as it is: it needs nothing but the tool. Ids are new each time, so that it can be run again. */
export function snippet(tool: Tool, sending: Sending): string {
  return { curl, python, javascript }[tool](sending);
}

function curl({ server, key, bot }: Sending): string {
  return `NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ); ID=$(date +%s)
curl ${shell(`${server}/v1/events`)} \\
  -H ${shell(`Authorization: Bearer ${key}`)} -H 'Content-Type: application/json' \\
  -d '{"events": [
    {"type": "message", "id": "'$ID'-1", "chatbot_id": ${inQuotes(bot)}, "conversation_id": "'$ID'",
     "created_at": "'$NOW'", "role": "user", "content": ${inQuotes(QUESTION)}},
    {"type": "message", "id": "'$ID'-2", "chatbot_id": ${inQuotes(bot)}, "conversation_id": "'$ID'",
     "created_at": "'$NOW'", "role": "assistant", "content": ${inQuotes(ANSWER)}, "confidence_score": 0.9}]}'`;
}

function python({ server, key, bot }: Sending): string {
  return `import json, urllib.request, uuid
from datetime import datetime, timezone

conversation, now = str(uuid.uuid4()), datetime.now(timezone.utc).isoformat()
common = {"type": "message", "chatbot_id": ${JSON.stringify(bot)}, "conversation_id": conversation, "created_at": now}
events = [
    {**common, "id": f"{conversation}-1", "role": "user", "content": ${JSON.stringify(QUESTION)}},
    {**common, "id": f"{conversation}-2", "role": "assistant", "content": ${JSON.stringify(ANSWER)}, "confidence_score": 0.9},
]
request = urllib.request.Request(
    ${JSON.stringify(`${server}/v1/events`)},
    data=json.dumps({"events": events}).encode(),
    headers={"Authorization": ${JSON.stringify(`Bearer ${key}`)}, "Content-Type": "application/json"},
)
print(urllib.request.urlopen(request).read().decode())`;
}

function javascript({ server, key, bot }: Sending): string {
  return `// Node 18 or newer, or your server's own code: a key is no thing for a browser.
const conversation = crypto.randomUUID();
const common = {
  type: "message", chatbot_id: ${JSON.stringify(bot)}, conversation_id: conversation, created_at: new Date().toISOString(),
};
const response = await fetch(${JSON.stringify(`${server}/v1/events`)}, {
  method: "POST",
  headers: { Authorization: ${JSON.stringify(`Bearer ${key}`)}, "Content-Type": "application/json" },
  body: JSON.stringify({ events: [
    { ...common, id: \`\${conversation}-1\`, role: "user", content: ${JSON.stringify(QUESTION)} },
    { ...common, id: \`\${conversation}-2\`, role: "assistant", content: ${JSON.stringify(ANSWER)}, confidence_score: 0.9 },
  ] }),
});
console.log(await response.json());`;
}

/** A text as one word of a shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A text as JSON within a word of a shell that is in single quotes. */
function inQuotes(text: string): string {
  return JSON.stringify(text).replaceAll("'", `'\\''`);
}
