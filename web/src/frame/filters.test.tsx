import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ANN, drawFor } from "../../tools/company";
import { Filters } from "./Filters";

beforeEach(() => {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL("http://localhost/c/acme/");
});
afterEach(() => vi.unstubAllGlobals());

it("a filter of chatbots says their names", async () => {
  const { container } = drawFor(ANN, <Filters filters={[{ field: "chatbot", op: "is", values: ["shop"] }]} chatbot={null} onChange={vi.fn()} />);
  await screen.findByRole("button", { name: "+ Filter" });
  expect(container.textContent).toContain("Chatbot is Shop");
});
