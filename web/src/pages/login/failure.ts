import { ApiError } from "@/api/error";
import type { TextId } from "@/texts/texts";

/** Why somebody is not let in. */
const KINDS = {
  expired_link: "expired_link",
  used_link: "used_link",
  unknown_link: "unknown_link",
  expired_token: "expired_token",
  invalid_token: "invalid_token",
  wrong_audience: "invalid_token",
  wrong_issuer: "invalid_token",
  wrong_company: "wrong_company",
  no_company: "no_company",
  wrong_origin: "wrong_address",
  wrong_host: "wrong_address",
  offline: "offline",
} as const;
export type FailureKind = (typeof KINDS)[keyof typeof KINDS] | "other";

export interface Failure {
  readonly kind: FailureKind;
  /** What the API says besides; "" where the page has said it all. */
  readonly sentence: string;
  /** Whether to try the same again is of no use. */
  readonly final: boolean;
  /** Whether it was the login of a product. */
  readonly jwt: boolean;
}

const PASSES: ReadonlySet<FailureKind> = new Set(["offline", "other"]);
const OF_PRODUCTS: ReadonlySet<FailureKind> = new Set(["expired_token", "invalid_token", "no_company"]);

/** What an error of `POST /v1/session` means for whoever reads it. */
export function failureOf(error: unknown): Failure {
  const code = error instanceof ApiError ? error.code : "";
  const kind: FailureKind = Object.hasOwn(KINDS, code) ? KINDS[code as keyof typeof KINDS] : "other";
  const told = kind === "other" || kind === "wrong_address" || kind === "invalid_token";
  return { kind, sentence: told && error instanceof Error ? error.message : "", final: !PASSES.has(kind), jwt: OF_PRODUCTS.has(kind) };
}

/** What to do about it. */
export function adviceFor({ kind, jwt }: Failure): TextId {
  if (kind === "wrong_company") return "login.advice.wrong_company";
  if (kind === "no_company") return "login.advice.no_company";
  if (kind === "wrong_address") return "login.advice.wrong_address";
  return jwt ? "login.advice.product" : "login.advice.link";
}
