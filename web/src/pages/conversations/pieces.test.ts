import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { piecesOf } from "./pieces";

const links = (text: string): (string | null)[] => piecesOf(text).filter((piece) => piece.link !== null).map((piece) => piece.text);

describe("a text in pieces", () => {
  it("is the text, whatever is in it", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("see https://a.example/x.", "🛋️ https://b.example \u202E", "<script>"));
    fc.assert(
      fc.property(texts, fc.array(fc.record({ start: fc.nat(20), length: fc.nat(20) })), (text, places) => {
        expect(piecesOf(text, places).map((piece) => piece.text).join("")).toBe(text);
      }),
    );
  });

  it("marks what was found by code points, of which an emoji is one", () => {
    const found = piecesOf("🛋️🛋️ sofa, Sofa", [{ start: 5, length: 4 }, { start: 11, length: 4 }]).filter((piece) => piece.found);
    expect(found.map((piece) => piece.text)).toEqual(["sofa", "Sofa"]);
  });

  it.each([
    ["see https://shop.example/a?b=1, please", ["https://shop.example/a?b=1"]],
    ["(https://en.wikipedia.org/wiki/Sofa_(bed))", ["https://en.wikipedia.org/wiki/Sofa_(bed)"]],
    ["javascript:alert(1) data:text/html,x file:///etc/passwd", []],
    ["<a href='https://x.example'>", ["https://x.example"]],
    ["https://", []],
    ["https://x.example\u202Egnp.exe", ["https://x.example"]],
  ])("has as links of %j: %j", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it("marks what was found inside of a link, too", () => {
    expect(piecesOf("https://a.example", [{ start: 8, length: 1 }])).toEqual([
      { text: "https://", link: "https://a.example/", found: false },
      { text: "a", link: "https://a.example/", found: true },
      { text: ".example", link: "https://a.example/", found: false },
    ]);
  });
});
