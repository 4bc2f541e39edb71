import { expect, it } from "vitest";

import { mayRetry } from "./Api";
import { ApiError } from "./error";

it("a server that says when to come again is asked again, many times; another one a few times, and about a mistake never", () => {
  const busy = new ApiError(429, "too_many_questions", "", null, {}, 2);
  const away = new ApiError(0, "offline", "");
  expect([mayRetry(1, away), mayRetry(2, away), mayRetry(9, busy), mayRetry(10, busy)]).toEqual([true, false, true, false]);
  for (const status of [400, 401, 402, 403, 404, 422, 500]) expect(mayRetry(0, new ApiError(status, "x", "", null, {}, 1))).toBe(false);
  expect(mayRetry(0, new Error("broken"))).toBe(false);
});
