import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor, VIEWER } from "../../../tools/company";
import type { Section } from "@/url/address";
import { Settings } from "./Settings";

const page = (section: Section) => <Settings address={{ page: "settings", company: "acme", section }} />;
const bot = (part: object): object => ({ chatbot_id: "shop", name: "Shop", is_published: true, average_rating: null, confidence_threshold: 0.2, timezone: null, ...part });
const job = (part: object): object => ({ name: "recount", what: "", once: "process", every_seconds: null, running: true, done: 1, of: 4, succeeded_at: null, failures: 0, error: null, chatbot_id: "shop", ...part });
const WAIT = { timeout: 5_000 };

afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

describe("whoever only reads", () => {
  it("sees the chatbots, and no control that would change anything", async () => {
    drawFor(VIEWER, page("bots"), { "GET /v1/chatbots": { chatbots: [bot({})] } });
    expect(await screen.findByRole("rowheader", { name: /Shop/ })).toBeTruthy();
    for (const name of [/Add/, /Edit/, /Delete/]) expect(screen.queryByRole("button", { name })).toBeNull();
    const sections = screen.getByRole("navigation", { name: "Settings" });
    expect(within(sections).getAllByRole("link").map((link) => link.textContent)).toEqual(["General", "Chatbots", "Refused events", "Plan"]);
  });

  it("is told who sees the rest, by whatever address it is asked for", async () => {
    const { sent } = drawFor(VIEWER, page("keys"));
    expect(await screen.findByText("Only owners and admins see this")).toBeTruthy();
    expect(sent.map((each) => each.line)).not.toContain("GET /v1/keys");
  });
});

it("a member who is logged in as less than they are is told both", async () => {
  const member = (user: string, role: string): object => ({ user, role, since: "2026-03-01T08:00:00Z" });
  drawFor({ ...ANN, role: "admin" }, page("members"), { "GET /v1/members": { members: [member("ann", "owner"), member("bob", "viewer")] } });
  expect((await screen.findByRole("row", { name: /ann/ })).textContent).toContain("Owner (logged in here as Admin)");
  expect(screen.getByRole("row", { name: /bob/ }).textContent).not.toContain("logged in here");
});

it("a key is shown once it is made, and when each was last used", async () => {
  const key = { key_id: "k_1", name: "site", prefix: "blk_ab", scopes: ["ingest"], created_at: "2026-03-01T08:00:00Z", last_used_at: null, revoked_at: null };
  const { sent } = drawFor(ANN, page("keys"), { "GET /v1/keys": { keys: [key] }, "POST /v1/keys": { ...key, api_key: "blk_secret" } });
  expect((await screen.findByRole("row", { name: /site/ })).textContent).toContain("never");
  fireEvent.change(screen.getByLabelText("Name"), { target: { value: "site" } });
  fireEvent.click(screen.getByRole("button", { name: "Create key" }));
  expect(await screen.findByText("blk_secret")).toBeTruthy();
  expect(sent.find((each) => each.line === "POST /v1/keys")?.body).toEqual({ name: "site", scopes: ["ingest"] });
});

it("a new threshold shows how far its recount is, and that it has ended", async () => {
  const answers: Record<string, unknown> = { "GET /v1/chatbots": { chatbots: [bot({})] }, "GET /v1/jobs": { jobs: [job({})] } };
  drawFor(ANN, page("bots"), answers);
  const bar = await screen.findByRole("progressbar");
  expect([bar.getAttribute("value"), bar.getAttribute("max")]).toEqual(["1", "4"]);
  answers["GET /v1/jobs"] = { jobs: [] };
  expect(await screen.findByText("The history of Shop is recounted.", {}, WAIT)).toBeTruthy();
  expect(screen.queryByRole("progressbar")).toBeNull();
});

it("refused events are listed with their reason, which admins alone read", async () => {
  const refused = { at: "2026-03-01T08:00:00Z", by: "key:site", code: "unknown_type", field: "type", message: null };
  drawFor(VIEWER, page("rejections"), { "GET /v1/rejections": { rejections: [refused, { ...refused, message: "<b>There</b> is no such type.", code: "invalid" }] } });
  const [first, second] = (await screen.findAllByRole("row")).slice(1);
  expect(first?.textContent).toContain("Admins see the sentence.");
  expect(second?.textContent).toContain("<b>There</b> is no such type.");
});

describe("a form", () => {
  it("keeps what was typed when the server is gone", async () => {
    drawFor(ANN, page("general"), { "GET /v1/company": { company_id: "acme", name: "Acme", timezone: "Europe/Berlin", retention_days: null, gap_limit: 0.2, question_floor: 1 } });
    fireEvent.change(await screen.findByLabelText("Name"), { target: { value: "Acme & Co" } });
    const asked = vi.fn(() => Promise.reject(new TypeError("gone")));
    vi.stubGlobal("fetch", asked);
    window.dispatchEvent(new Event("visibilitychange")); // back in this tab, all is asked anew
    await waitFor(() => { expect(asked).toHaveBeenCalled(); });
    await new Promise((done) => { setTimeout(done, 100); });
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Acme & Co");
  });
});

it("when a gap is fixed is set in percent, and sent as the share that it is", async () => {
  const company = { company_id: "acme", name: "Acme", timezone: "Europe/Berlin", retention_days: null, gap_limit: 0.2, question_floor: 1 };
  const { sent } = drawFor(ANN, page("general"), { "GET /v1/company": company, "PATCH /v1/company": company });
  const limit = await screen.findByLabelText<HTMLInputElement>("A gap is fixed below (%)");
  expect(limit.value).toBe("20");
  fireEvent.change(limit, { target: { value: "12.5" } });
  fireEvent.submit(limit);
  await waitFor(() => { expect(sent.find(({ line }) => line.startsWith("PATCH"))?.body).toEqual({ gap_limit: 0.125 }); });
});

describe("the builder of embed links", () => {
  const plan = { ...ANN, plan: { ...ANN.plan, features: [...ANN.plan.features, "embed"] } };
  const none = { "GET /v1/embed-links": { embed_links: [] }, "GET /v1/queries": { answers: {}, errors: {} } };

  it("sends what was filled in, and gives the code to put into a page", async () => {
    const made = { link: {}, secret: "ble_s", url: "https://stats.example.com/embed/e_1#token=ble_s" };
    const { sent } = drawFor(plan, page("embed"), { ...none, "POST /v1/embed-links": made });
    const fill = (label: string, value: string): void => { fireEvent.change(screen.getByLabelText(label), { target: { value } }); };
    await screen.findByLabelText("Sites that may show it");
    fill("Name", "Portal");
    fill("Sites that may show it", "app.example.com/x, http://localhost:3000");
    fill("Days back that may be seen", "30");
    fill("Accent colour", "#aa00ff");
    fill("Ends", "2026-03-31");
    fireEvent.click(screen.getByRole("checkbox", { name: "List of conversations" }));
    expect(screen.getByLabelText<HTMLInputElement>("Conversations may be read").checked).toBe(true);
    fireEvent.click(screen.getByRole("button", { name: "Make the link" }));
    expect((await screen.findByLabelText("the snippet")).textContent).toContain('src="https://stats.example.com/embed/e_1#token=ble_s"');
    expect(sent.find((each) => each.line === "POST /v1/embed-links")?.body).toMatchObject({
      chatbot_id: "shop", name: "Portal", origins: ["https://app.example.com", "http://localhost:3000"], history_days: 30, first_day: null,
      accent: "#aa00ff", transcripts: true, filters: [], expires_at: "2026-03-31T21:59:00.000Z", // 23:59 in Berlin
    });
  });

  it("shows a preview of the very parts that are chosen", async () => {
    const { sent } = drawFor(plan, page("embed"), none);
    await screen.findByLabelText("Drop-off");
    fireEvent.click(screen.getByLabelText("Drop-off"));
    await waitFor(() => {
      const last = sent.filter((each) => each.line.startsWith("GET /v1/queries")).at(-1);
      const asked = JSON.parse(new URLSearchParams(last?.line.split("?")[1]).get("q") ?? "{}") as object;
      expect(Object.keys(asked)).toContain("drop_off");
      expect(Object.keys(asked)).not.toContain("retention");
    });
  });

  it("says that the plan lacks it, where it does", async () => {
    drawFor(ANN, page("embed"));
    expect(await screen.findByText("Your plan does not include this.")).toBeTruthy();
  });
});
