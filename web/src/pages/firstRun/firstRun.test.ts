// @vitest-environment node
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import { botIdOf } from "./botId";
import { snippet } from "./snippets";

const HOSTILE = { server: "http://127.0.0.1:1", key: "blk_x", bot: `it's "$HOME" \`id\`` };

describe("what is to be run", () => {
  it("is one shell command, whose body is JSON, whatever the id of the bot holds", () => {
    const shown = snippet("curl", HOSTILE).replace("curl ", "printf '%s\\n' ");
    const { stdout, stderr } = spawnSync("sh", ["-c", shown], { encoding: "utf8" });
    expect(stderr).toBe("");
    const body = JSON.parse(stdout.slice(stdout.indexOf('{"events"'))) as { events: { chatbot_id: string; id: string }[] };
    expect(body.events.map((event) => event.chatbot_id)).toEqual([HOSTILE.bot, HOSTILE.bot]);
    expect(new Set(body.events.map((event) => event.id)).size).toBe(2);
  });

  it("is Python, and JavaScript, that can be read", () => {
    const python = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: snippet("python", HOSTILE), encoding: "utf8" });
    expect(python.stderr).toBe("");
    const script = spawnSync(process.execPath, ["--input-type=module", "--check"], { input: snippet("javascript", HOSTILE), encoding: "utf8" });
    expect(script.stderr).toBe("");
  });
});

it.each([
  ["Help desk", [], "help-desk"],
  ["Möbel & Mehr — Straße", [], "mobel-mehr-strasse"],
  ["Help desk", ["help-desk", "help-desk-2"], "help-desk-3"],
  ["日本語", [], "日本語"],
  ["!!!", [], "bot"],
])("the id of “%s” beside %o is %s", (name, taken, id) => {
  expect(botIdOf(name, taken)).toBe(id);
});
