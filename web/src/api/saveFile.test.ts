import { expect, it } from "vitest";

import { fileQuery } from "./saveFile";

it("a file is asked for by the question of the chart", () => {
  const question = { metrics: ["csat", "conversations"], dimensions: ["day"], chatbots: ["a"], period: { from: "2026-03-01", to: "2026-03-08" }, filters: [{ field: "question", op: "is", value: "a,b" }], compare: "previous_period" } as const;
  expect(fileQuery(question, "csv")).toEqual({
    metrics: ["csat,conversations"], dimensions: ["day"], chatbots: ["a"], from: "2026-03-01", to: "2026-03-08", compare: "previous_period",
    filters: '[{"field":"question","op":"is","value":"a,b"}]', format: "csv", bom: "true",
  });
});

it("a chatbot whose id holds a comma is one", () => {
  expect(fileQuery({ metrics: ["csat"], chatbots: ["a,b"] }, "parquet")).toEqual({ metrics: ["csat"], chatbots: ['["a,b"]'], format: "parquet" });
});
