import { fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { ANN, drawFor } from "../../../tools/company";
import { draw } from "../../../tools/drawing";
import { formatsFor } from "@/format/useFormats";
import { shortFilterText } from "@/frame/filterText";
import { say, speak } from "@/texts/texts";
import type { Filter } from "@/url/view";
import { Bubble } from "./Bubble";
import { Conversations } from "./Conversations";
import type { Message } from "./items";

const message = (part: Partial<Message>): Message => ({
  id: "m", role: "assistant", content: "Yes.", created_at: "2026-03-18T09:31:30.000000Z", confidence_score: null, fallback: false, unanswered: false, latency_ms: null, feedback: null, revision: 0, ...part,
});
const drawn = (part: Partial<Message>, zone = "America/St_Johns") =>
  draw(<Bubble message={message(part)} places={undefined} threshold={0.2} zone={zone} start="2026-03-18T09:30:00.000000Z" current={false} />);

afterEach(() => speak("en"));

describe("a message", () => {
  it("is text, whatever is in it", () => {
    const { container } = drawn({ content: "<script>alert(1)</script><img src=x onerror=alert(2)>" });
    expect(container.querySelector("script, img")).toBeNull();
    expect(container.textContent).toContain("<script>alert(1)</script><img src=x onerror=alert(2)>");
  });

  it("has its addresses as links that tell nobody where they stand, and no other links", () => {
    drawn({ content: "https://a.example/x javascript:alert(1)" });
    expect(screen.getAllByRole("link")).toHaveLength(1);
    expect(screen.getByRole("link").getAttribute("rel")).toBe("noopener noreferrer nofollow");
  });

  it("says how sure the bot was, and below what that is unanswered", () => {
    const { container } = drawn({ confidence_score: 0.1, unanswered: true });
    expect(container.textContent).toContain("Unanswered");
    expect(container.textContent).toContain("confidence 0.10, below 0.20");
  });

  it("never says that a number is below itself", () => {
    expect(drawn({ confidence_score: 0.1999, unanswered: true }).container.textContent).toContain("0.1999, below 0.20");
  });

  it("says who it is of, and how it was voted on, in words", () => {
    const { container } = drawn({ role: "agent", feedback: { value: "negative", comment: "<b>no</b>", created_at: "2026-03-18T09:32:00.000000Z" } });
    expect(container.textContent).toContain("Agent");
    expect(container.textContent).toContain("Not helpful");
    expect(container.textContent).toContain("<b>no</b>");
  });

  it("says when it was since the beginning, and the exact time of the company's zone on focus", () => {
    drawn({});
    const when = screen.getByRole("button");
    expect(when.textContent).toBe("+ 2 min");
    fireEvent.focus(when);
    expect(when.textContent).toMatch(/Mar 18, 2026, 7:01/);
  });

  it("that is long is cut, and can be read whole", () => {
    drawn({ content: "word ".repeat(1_000) });
    fireEvent.click(screen.getByRole("button", { name: "Show all of it" }));
    expect(screen.getByRole("button", { name: "Show less" }).getAttribute("aria-expanded")).toBe("true");
  });
});

describe("a part of what a list is of", () => {
  it.each<[Filter, string]>([
    [{ field: "language", op: "is", values: ["de"] }, "German"],
    [{ field: "language", op: "is", values: ["de", "en"] }, "German or English"],
    [{ field: "language", op: "is_not", values: ["de"] }, "Language is not German"],
    [{ field: "unanswered", op: "is", values: [true] }, "Unanswered"],
    [{ field: "unanswered", op: "is", values: [false] }, "not: Unanswered"],
    [{ field: "unanswered", op: "is_not", values: [true] }, "not: Unanswered"],
    [{ field: "rating", op: "is", values: [1, 2] }, "Rating is 1 or 2"],
    [{ field: "rating", op: "between", values: [1, 2] }, "Rating: 1 – 2"],
    [{ field: "channel", op: "is", values: [null] }, "Channel is No channel"],
    [{ field: "question", op: "contains", values: ["sofa"] }, "Question contains “sofa”"],
  ])("is said as people would: %o", (filter, text) => {
    expect(shortFilterText(filter, say, formatsFor("en", say))).toBe(text);
  });
});

describe("a search that ended early", () => {
  const page = { conversations: [], total: 0, previous: null, next: null };
  const meta = { timezone: "UTC", window: { from: null, to: null } };
  const since = "2026-03-03T09:30:00.000001Z";

  it("says back to when it looked, and goes on from there; the part can be taken away again", async () => {
    (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL("http://localhost/c/acme/b/shop/conversations?q=sofa");
    const { sent } = drawFor(ANN, <Conversations address={{ page: "conversations", company: "acme", bot: "shop", conversation: null }} mayDelete={false} />, {
      "GET /v1/conversations": (query: URLSearchParams) => ({ ...page, meta: { ...meta, searched_from: query.has("search_before") ? null : since } }),
      "GET /v1/chatbots": { chatbots: [] },
    });
    expect(await screen.findByText(/Looked through back to Mar 3, 2026, 9:30/)).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Search before that" }));
    expect(await screen.findByText(/^before Mar 3, 2026, 9:30/)).toBeTruthy();
    expect(window.location.search).toBe(`?before=${since}&q=sofa`);
    expect(sent.some(({ line }) => line.includes(`search_before=${encodeURIComponent(since)}`))).toBe(true);
    await vi.waitFor(() => { expect(screen.queryByText(/Looked through/)).toBeNull(); });
    fireEvent.click(screen.getByRole("button", { name: /^Remove: before/ }));
    expect(window.location.search).toBe("?q=sofa");
    vi.unstubAllGlobals();
  });

  it("that finds nothing leaves no conversation of the list before it open; one that is opened by its address stays", async () => {
    const at = (query: string): void => { (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(`http://localhost/c/acme/b/shop/conversations/c1${query}`); };
    at("?q=nothing");
    drawFor(ANN, <Conversations address={{ page: "conversations", company: "acme", bot: "shop", conversation: "c1" }} mayDelete={false} />, {
      "GET /v1/conversations": () => ({ ...page, meta }),
      "GET /v1/chatbots": { chatbots: [] },
    });
    expect(await screen.findByText("No conversations match.")).toBeTruthy();
    expect(window.location.pathname).toBe("/c/acme/b/shop/conversations/c1");
    fireEvent.change(screen.getByRole("searchbox"), { target: { value: "neither" } });
    await vi.waitFor(() => { expect(window.location.pathname).toBe("/c/acme/b/shop/conversations"); }, { timeout: 5_000 });
    vi.unstubAllGlobals();
  });
});
