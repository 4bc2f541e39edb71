import { isText, type Say } from "@/texts/texts";

/** What the API says of an error, beside the sentence: which feature is missing, which plan has it, ... */
export interface ErrorFacts {
  readonly feature?: string;
  readonly needs_plan?: string;
  readonly oldest_allowed?: string;
}

/** Codes that a widget shows in a way of its own; whatever else is wrong with a part is wrong with its question. */
const STATUS_OF: Readonly<Record<string, number>> = { plan_required: 402, missing_scope: 403, owner_only: 403 };

/** An answer of the API that is none: its code is for programs, its message a sentence for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /** @param status of HTTP; 0 if there was no answer at all. */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly facts: ErrorFacts = {},
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }

  /** The error of one part of an answer that is all well besides: its status follows from its code. */
  static ofPart(told: unknown): ApiError {
    const code = (told as { code?: unknown } | undefined)?.code;
    return ApiError.of((typeof code === "string" ? STATUS_OF[code] : undefined) ?? 422, told);
  }

  /** The error that the `error` of a body tells of, whatever else stands in it. */
  static of(status: number, told: unknown, retryAfter: string | null = null): ApiError {
    const said = (typeof told === "object" && told !== null ? told : {}) as Record<string, unknown>;
    const text = (key: string): string | undefined => (typeof said[key] === "string" ? said[key] : undefined);
    const facts = Object.fromEntries(
      (["feature", "needs_plan", "oldest_allowed"] as const).flatMap((key) => {
        const value = text(key);
        return value === undefined ? [] : [[key, value]];
      }),
    );
    const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
    return new ApiError(
      status,
      text("code") ?? "unreadable",
      text("message") ?? "",
      text("field") ?? null,
      facts,
      Number.isFinite(seconds) ? seconds : null,
    );
  }
}

/** The error in the language of the page where that has words for its code, else the sentence of the API. */
export function sentenceOf(error: unknown, say: Say): string {
  if (!(error instanceof ApiError)) return say("widget.error");
  const id = `error.${error.code}`;
  if (isText(id)) return say(id);
  return error.message === "" ? say("widget.error") : error.message;
}
