// @vitest-environment node
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

const folder = new URL("../src/generated/", import.meta.url);

it("the types of the API are those of its description: else run `npm run generate`", async () => {
  const made = astToString(await openapiTS(new URL("openapi.json", folder), { alphabetize: true }));
  const kept = readFileSync(new URL("openapi.ts", folder), "utf8");
  expect(kept.slice(kept.indexOf("export interface paths"))).toBe(made.slice(made.indexOf("export interface paths")));
}, 30_000);
