import { expect, it } from "vitest";

import { ApiError } from "@/api/error";
import { adviceFor, failureOf } from "./failure";

it.each([
  ["expired_link", 401, "expired_link", true, "login.advice.link"],
  ["used_link", 401, "used_link", true, "login.advice.link"],
  ["unknown_link", 401, "unknown_link", true, "login.advice.link"],
  ["wrong_company", 403, "wrong_company", true, "login.advice.wrong_company"],
  ["expired_token", 401, "expired_token", true, "login.advice.product"],
  ["wrong_issuer", 401, "invalid_token", true, "login.advice.product"],
  ["no_company", 404, "no_company", true, "login.advice.no_company"],
  ["wrong_host", 403, "wrong_address", true, "login.advice.wrong_address"],
  ["offline", 0, "offline", false, "login.advice.link"],
  ["overloaded", 503, "other", false, "login.advice.link"],
] as const)("%s is told apart, with what to do", (code, status, kind, final, advice) => {
  const failure = failureOf(new ApiError(status, code, "A sentence."));
  expect([failure.kind, failure.final, adviceFor(failure)]).toEqual([kind, final, advice]);
});
