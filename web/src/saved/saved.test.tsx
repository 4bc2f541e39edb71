import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor, VIEWER } from "../../tools/company";
import type { Me } from "@/session/me";
import type { Address } from "@/url/address";
import { DEFAULT_VIEW, type View } from "@/url/view";
import { linkToSaved, savedOf, type SavedView } from "./saved";
import { SavedViews } from "./SavedViews";

const german: View = { ...DEFAULT_VIEW, period: { name: "7d" }, filters: [{ field: "language", op: "is", values: ["de"] }], metric: "csat" };
const WAIT = { timeout: 15_000 }; // popups come late on a busy machine

afterEach(() => vi.unstubAllGlobals());

describe("a saved page", () => {
  it.each<[Address, Record<string, string>, string]>([
    [{ page: "overview", company: "acme" }, { sort: "-csat" }, "/c/acme/?p=7d&f=language,is,de&m=csat&sort=-csat"],
    [{ page: "search", company: "acme" }, { q: "sofa" }, "/c/acme/conversations?p=7d&f=language,is,de&m=csat&q=sofa"],
    [{ page: "bot", company: "acme", bot: "shop" }, { by: "hour" }, "/c/acme/b/shop?p=7d&f=language,is,de&m=csat&by=hour"],
    [{ page: "gaps", company: "acme", bot: "shop", gap: null }, {}, "/c/acme/b/shop/gaps?p=7d&f=language,is,de&m=csat"],
    [{ page: "conversations", company: "acme", bot: "shop", conversation: "c-1" }, {}, "/c/acme/b/shop/conversations?p=7d&f=language,is,de&m=csat"],
  ])("is the same page when it is opened: %o", (address, others, link) => {
    const saved = savedOf(address, german, others);
    expect(saved === null ? null : linkToSaved("acme", saved)).toBe(link);
  });

  it("that an older page made without saying which is that of its chatbot", () => {
    expect(linkToSaved("acme", { query: "p=7d", chatbot_id: "shop" })).toBe("/c/acme/b/shop?p=7d");
    expect(linkToSaved("acme", { query: "page=nonsense", chatbot_id: null })).toBe("/c/acme/");
  });

  it("is none of the settings", () => {
    expect(savedOf({ page: "settings", company: "acme", section: "keys" }, german, {})).toBeNull();
  });
});

describe("the saved views", () => {
  const view = (part: Partial<SavedView>): SavedView => ({ id: "v_1", name: "Mine", query: "p=7d", chatbot_id: "shop", shared: false, who: "user:ann", created_at: "2026-03-01T00:00:00Z", ...part });
  const VIEWS = { views: [view({}), view({ id: "v_2", name: "Ours", shared: true })] };
  const drawn = (me: Me, views: object = VIEWS) =>
    drawFor(me, <SavedViews address={{ page: "bot", company: "acme", bot: "shop" }} />, { "GET /v1/views": views, "POST /v1/views": view({}), "PATCH /v1/views/v_1": view({}), "DELETE /v1/views/v_1": {} });
  const waysOf = async (name: string): Promise<string[]> => {
    fireEvent.click(await screen.findByRole("button", { name: `What to do with: ${name}` }));
    return (await screen.findAllByRole("menuitem", {}, WAIT)).map((item) => item.textContent);
  };

  it("are opened by their names", async () => {
    drawn(ANN);
    expect((await screen.findByRole("link", { name: "Ours" })).getAttribute("href")).toBe("/c/acme/b/shop?p=7d");
  });

  it("of everybody are kept by admins alone, one's own by oneself", async () => {
    drawn(VIEWER);
    expect(await waysOf("Ours")).toEqual(["Copy link"]);
    expect(await waysOf("Mine")).toContain("Rename");
  });

  it("are not there where the plan has none", async () => {
    drawFor({ ...ANN, plan: { ...ANN.plan, features: [] } }, <><p>beside</p><SavedViews address={{ page: "overview", company: "acme" }} /></>);
    await screen.findByText("beside");
    expect(screen.queryByText("Saved views")).toBeNull();
  });

  it("get what is shown, under a name", async () => {
    const { sent } = drawn(ANN, { views: [] });
    fireEvent.click(await screen.findByRole("button", { name: "+ Save this view" }));
    fireEvent.change(await screen.findByLabelText("Name", {}, WAIT), { target: { value: "Mine" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => {
      expect(sent.find((each) => each.line === "POST /v1/views")?.body).toEqual({ name: "Mine", query: "", chatbot_id: "shop", shared: false });
    });
  });

  it("are renamed, and deleted after a question", async () => {
    const { sent } = drawn(ANN);
    await waysOf("Mine");
    fireEvent.click(screen.getByRole("menuitem", { name: "Rename" }));
    fireEvent.change(await screen.findByLabelText("Name", {}, WAIT), { target: { value: "German" } });
    fireEvent.click(screen.getByRole("button", { name: "Save" }));
    await vi.waitFor(() => {
      expect(sent.find((each) => each.line === "PATCH /v1/views/v_1")?.body).toEqual({ name: "German" });
    });
    await waysOf("Mine");
    fireEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
    fireEvent.click(await screen.findByRole("button", { name: "Delete" }, WAIT));
    await vi.waitFor(() => {
      expect(sent.map((each) => each.line)).toContain("DELETE /v1/views/v_1");
    });
  });
});
