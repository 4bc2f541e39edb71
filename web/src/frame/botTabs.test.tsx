import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { draw } from "../../tools/drawing";
import { useTabTitle } from "@/parts/tabTitle";
import { BotTabs } from "./BotTabs";

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
