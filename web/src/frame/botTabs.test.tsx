import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { draw } from "../../tools/drawing";
import { useTabTitle } from "@/parts/tabTitle";
import { ANN, drawFor } from "../../tools/company";
import { BotTabs } from "./BotTabs";
import { Controls } from "./Controls";

afterEach(() => vi.unstubAllGlobals());

function Titled({ parts }: { readonly parts: readonly string[] }): null {
  useTabTitle(...parts);
  return null;
}

it("the pages of a chatbot lead to each other, with the period and the filters but without the figure of a list", () => {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL("http://localhost/c/acme/b/shop/gaps?p=7d&m=csat");
  draw(<BotTabs address={{ page: "gaps", company: "acme", bot: "shop", gap: null }} />);
  const tabs = screen.getAllByRole("link").map((link) => [link.textContent, link.getAttribute("href"), link.getAttribute("aria-current")]);
  expect(tabs).toEqual([
    ["Overview", "/c/acme/b/shop?p=7d", null],
    ["Conversations", "/c/acme/b/shop/conversations?p=7d", null],
    ["Gaps", "/c/acme/b/shop/gaps?p=7d", "page"],
  ]);
});

it("the tab of the browser says what is shown, and no longer what was", () => {
  const { unmount } = draw(<Titled parts={["Gaps", "Shop"]} />);
  expect(document.title).toBe("Gaps · Shop · botlens");
  unmount();
  expect(document.title).toBe("botlens");
});

it("what a page is compared with is offered where something is, and of all time it is said why not", async () => {
  const to = (query: string): void => { (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(`http://localhost/c/acme/b/shop${query}`); };
  to("?p=all");
  const { unmount } = drawFor(ANN, <Controls chatbot="shop" compares />);
  expect(await screen.findByText("Nothing before it to compare with")).toBeTruthy();
  unmount();
  to("?p=7d");
  const other = drawFor(ANN, <Controls chatbot="shop" compares />);
  expect(await screen.findByRole("button", { name: /^vs period before/ })).toBeTruthy();
  other.unmount();
  drawFor(ANN, <Controls chatbot="shop" compares={false} />);
  expect(await screen.findByRole("button", { name: "+ Filter" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: /^vs/ })).toBeNull();
});
