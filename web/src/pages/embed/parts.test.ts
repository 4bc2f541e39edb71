import { expect, it } from "vitest";

import { originsIn, snippetFor } from "./parts";

it("origins are read from whatever addresses are written down, and what is none is named", () => {
  expect(originsIn("https://App.example.com/page?x, localhost:3000  http://a.example\nhttps://app.example.com")).toEqual({
    origins: ["https://app.example.com", "https://localhost:3000", "http://a.example"],
    wrong: [],
  });
  expect(originsIn("javascript://x").wrong).toEqual(["javascript://x"]);
});

it("the snippet listens to this server and its own frame alone, and names nobody's markup", () => {
  const text = snippetFor("https://stats.example.com/x/embed/e_1#token=ble_1", 'a"><script>');
  expect(text).toContain('event.origin !== "https://stats.example.com"');
  expect(text).toContain("event.source !== frame.contentWindow");
  expect(text).toContain('title="a&quot;>&lt;script>"');
});
