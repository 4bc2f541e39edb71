import { expect, it } from "vitest";

import { fileAddress } from "./saveFile";

it("a file is asked for by the question of the chart", () => {
  const address = fileAddress({ metrics: ["csat", "conversations"], dimensions: ["day"], chatbots: ["a"], period: { from: "2026-03-01", to: "2026-03-08" }, filters: [{ field: "question", op: "is", value: "a,b" }], compare: "previous_period" }, "csv");
  expect(Object.fromEntries(new URLSearchParams(address.split("?")[1]))).toEqual({
    metrics: "csat,conversations", dimensions: "day", chatbots: "a", from: "2026-03-01", to: "2026-03-08", compare: "previous_period",
    filters: '[{"field":"question","op":"is","value":"a,b"}]', format: "csv", bom: "true",
  });
});
