import { screen } from "@testing-library/react";
import type { JSX } from "react";
import { expect, it } from "vitest";

import type { Answer } from "@/api/questions";
import { ANN, drawFor } from "../../tools/company";
import { CountingNotices } from "./CountingNotices";
import { Telling, useTelling } from "./Told";

const META = {
  timezone: "UTC",
  window: { from: null, to: null },
  rows_total: 0,
  excluded: {},
  definition_version: 7,
  freshness: null,
} as unknown as Answer["meta"];

function Page({ meta }: { readonly meta: Answer["meta"] }): JSX.Element | null {
  useTelling({ rows: [], meta });
  return null;
}

it("says of which chatbots some figures may go by the threshold of before", async () => {
  const meta = { ...META, recounting: ["shop"] };
  drawFor(ANN, <Telling><Page meta={meta} /><CountingNotices /></Telling>);
  const notice = await screen.findByText(/Unanswered questions of Shop are being counted anew/u);
  expect(notice.getAttribute("role")).toBe("status");
});

it("says nothing where all is counted", async () => {
  drawFor(ANN, <Telling><Page meta={META} /><CountingNotices /><p>drawn</p></Telling>);
  await screen.findByText("drawn");
  expect(screen.queryByRole("status")).toBeNull();
});
