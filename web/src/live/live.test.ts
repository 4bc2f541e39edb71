import { describe, expect, it } from "vitest";

import { isAffected, joined } from "./affected";
import { EventReader, readChange } from "./events";
import { heldRows } from "./heldRows";
import { Pace } from "./pace";
import { scriptOf } from "./version";

describe("a stream of events", () => {
  const STREAM = 'retry: 3000\n: \n\nid: 4f-1\ndata: {"version":1,"chatbots":["a"]}\n\n: \n\nevent: end\r\ndata: {"error":\r\ndata: {}}\r\n\r\n';

  it("is read the same in whatever pieces it comes", () => {
    const whole = new EventReader().take(STREAM);
    expect(whole).toEqual([
      { id: "4f-1", name: "message", data: '{"version":1,"chatbots":["a"]}' },
      { id: "4f-1", name: "end", data: '{"error":\n{}}' },
    ]);
    for (let size = 1; size < 9; size += 1) {
      const reader = new EventReader();
      const pieces = STREAM.match(new RegExp(`[\\s\\S]{1,${String(size)}}`, "g")) ?? [];
      expect(pieces.flatMap((piece) => reader.take(piece))).toEqual(whole);
    }
  });

  it("says which chatbots, or that it may be all, or nothing that can be read", () => {
    expect(readChange('{"version":3,"chatbots":["a","b"]}')).toEqual({ version: 3, chatbots: ["a", "b"] });
    expect(readChange('{"version":3,"chatbots":null}')).toEqual({ version: 3, chatbots: null });
    expect(readChange("<html>")).toBeNull();
  });
});

describe("the pace of asking anew", () => {
  it("is a second, or twenty times what the last answers took", () => {
    const pace = new Pace();
    expect(pace.wait(0)).toBe(0);
    pace.begin(1_000);
    pace.end(1_010);
    expect(pace.wait(1_100)).toBe(900);
    pace.begin(3_000);
    pace.end(3_400);
    expect(pace.wait(3_400)).toBe(7_600);
    expect(pace.wait(12_000)).toBe(0);
  });
});

describe("what a change is about", () => {
  const shop = ["answers", "acme", { cards: { chatbots: ["shop"] } }];
  const all = ["answers", "acme", { cards: {} }];

  it("is the questions about those chatbots, or about all", () => {
    expect(isAffected(shop, new Set(["shop"]))).toBe(true);
    expect(isAffected(shop, new Set(["bank"]))).toBe(false);
    expect(isAffected(shop, null)).toBe(true);
    expect(isAffected(all, new Set(["bank"]))).toBe(true);
    expect(["markers", "effect", "views", "conversations"].every((name) => isAffected([name, "acme"], new Set(["bank"])))).toBe(true);
    expect(isAffected(["conversation", "acme", "shop", "c-1"], new Set(["bank"]))).toBe(false);
    expect(isAffected(["conversation", "acme", "shop", "c-1"], new Set(["shop"]))).toBe(true);
    expect(isAffected(["settings", "acme", "/v1/keys"], null)).toBe(false);
  });

  it("adds up until it is asked for", () => {
    expect(joined(new Set(["a"]), ["b"])).toEqual(new Set(["a", "b"]));
    expect(joined(new Set(["a"]), null)).toBeNull();
    expect(joined(null, ["a"])).toBeNull();
  });
});

it("rows that are held keep their places, say what is true now, and count what is new", () => {
  const rows = [{ id: "new", n: 9 }, { id: "b", n: 8 }, { id: "a", n: 7 }];
  expect(heldRows(rows, (row) => row.id, ["a", "b", "gone"])).toEqual({ shown: [{ id: "a", n: 7 }, { id: "b", n: 8 }], fresh: 1 });
});

it("rows that come after all that are held are added to them: a further page of a list is no news", () => {
  const rows = ["new", "a", "b", "c", "d"];
  expect(heldRows(rows, String, ["a", "b"])).toEqual({ shown: ["a", "b", "c", "d"], fresh: 1 });
  expect(heldRows(["x"], String, ["gone"])).toEqual({ shown: [], fresh: 1 });
});

it("a build is known by the name of its script", () => {
  expect(scriptOf('<meta x><script type="module" crossorigin src="/assets/index-1.js"></script>')).toBe("/assets/index-1.js");
  expect(scriptOf("<p>")).toBeNull();
});
