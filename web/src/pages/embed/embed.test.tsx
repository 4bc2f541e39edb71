import { screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor } from "../../../tools/company";
import { draw } from "../../../tools/drawing";
import { ApiError } from "@/api/error";
import { EmbedBody } from "./EmbedBody";
import { tellHost } from "./host";
import { Over } from "./Over";

const itself = Object.getOwnPropertyDescriptor(window, "parent");

afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
  if (itself === undefined) Reflect.deleteProperty(window, "parent");
  else Object.defineProperty(window, "parent", itself);
});

/** What the page around this one hears: to whom, and what. */
function host(): [string, unknown][] {
  const heard: [string, unknown][] = [];
  Object.defineProperty(window, "parent", { configurable: true, value: { postMessage: (said: unknown, to: string) => { heard.push([to, said]); } } });
  return heard;
}

describe("the page around an embedded one", () => {
  it("hears nothing but from the origins that the link names", () => {
    const heard = host();
    tellHost(["https://a.example"], { type: "botlens:height", height: 7 });
    tellHost([], { type: "botlens:height", height: 8 });
    expect(heard).toEqual([["https://a.example", { type: "botlens:height", height: 7 }]]);
  });

  it("hears why nothing is shown any more", () => {
    const heard = host();
    draw(<Over error={new ApiError(401, "expired_embed_token", "This token has expired.")} origins={null} />);
    expect(heard).toEqual([["*", { type: "botlens:ended", code: "expired_embed_token" }]]);
  });
});

it.each([
  ["expired_embed_token", "Your time for this page is over"],
  ["revoked_embed_link", "This page is not shown any more"],
  ["unknown_embed_token", "There is no such page, or no longer"],
  ["something_new", "What you saw here has ended"],
])("the end of a link is said in words: %s", (code, title) => {
  draw(<Over error={new ApiError(401, code, "A sentence.")} origins={[]} />);
  expect(screen.getByRole("heading").textContent).toBe(title);
});

it("what is embedded asks for its parts and no other, in the days that may be seen", async () => {
  window.history.replaceState(null, "", "/embed/e_1?p=12mo");
  const bounds = { first: "2026-03-01", last: null, today: "2026-03-18" };
  const body = <EmbedBody address={{ page: "embed", link: "e_1" }} company="" bot="shop" zone="UTC" parts={["cards", "questions"]} bounds={bounds} />;
  const { sent } = drawFor(ANN, body, { "GET /v1/queries": { answers: {}, errors: {} } });
  await screen.findAllByText("Most asked questions");
  expect(screen.queryByText("Conversations", { selector: "h2" })).toBeNull();
  const asked = sent.filter((each) => each.line.startsWith("GET /v1/queries")).map((each) => JSON.parse(new URLSearchParams(each.line.split("?")[1]).get("q") ?? "") as Record<string, { period: string; compare?: string }>);
  expect(asked.length).toBeGreaterThan(0);
  for (const each of asked) {
    expect(Object.keys(each)).toEqual(["cards", "top"]);
    expect([each.cards?.period, each.cards?.compare]).toEqual(["7d", "previous_period"]);
  }
  expect(window.location.search).toBe("?p=7d");
});
