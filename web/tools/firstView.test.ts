import { expect, it } from "vitest";

import { isOfFirstView } from "./firstView";

it("of the first view is what the entry imports, however far away, and not what is loaded later", () => {
  const importers: Record<string, string[]> = { entry: [], main: ["entry"], app: ["main"], part: ["app", "late"], other: ["part", "other"], late: [], deep: ["late"] };
  const infoOf = (id: string) => ({ isEntry: id === "entry", importers: importers[id] ?? [] });
  expect(Object.keys(importers).filter((id) => isOfFirstView(id, infoOf))).toEqual(["app", "part", "other"]);
});
