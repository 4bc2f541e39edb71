import type { UseQueryResult } from "@tanstack/react-query";

import type { Answers } from "@/api/batch";
import { ApiError } from "@/api/error";
import type { Answer } from "@/api/questions";
import type { TextId, Values } from "@/texts/texts";

/** A text that is said when the widget is drawn, in the language of that moment. */
export interface TextToSay {
  readonly id: TextId;
  readonly values?: Values;
}

/** All that a widget can be. `stale` and `offline` show what was known before. */
export type WidgetState<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "data"; readonly data: T }
  | { readonly kind: "stale"; readonly data: T }
  | { readonly kind: "offline"; readonly data: T | null; readonly retry: () => void }
  | { readonly kind: "empty"; readonly why?: TextToSay }
  | { readonly kind: "unmeasurable"; readonly why?: TextToSay }
  | { readonly kind: "error"; readonly error: unknown; readonly retry: () => void }
  | { readonly kind: "plan"; readonly error: ApiError }
  | { readonly kind: "forbidden"; readonly error: ApiError };

type Asked<Name extends string> = Pick<
  UseQueryResult<Answers<Name>>,
  "data" | "error" | "isPlaceholderData" | "refetch"
>;

/** The state of the widget that shows one answer of a batch. */
export function stateOf<Name extends string>(asked: Asked<Name>, name: Name): WidgetState<Answer> {
  const retry = (): void => void asked.refetch();
  const found: Answer | ApiError | undefined = asked.data?.[name];
  const known = found instanceof ApiError ? null : (found ?? null);
  if (asked.error) return failed(asked.error, known, retry);
  if (found === undefined) return { kind: "loading" };
  if (found instanceof ApiError) return failed(found, null, retry);
  return { kind: asked.isPlaceholderData ? "stale" : "data", data: found };
}

/** The state of something that is no part of a batch, and failed. */
export function failedState(error: unknown, retry: () => void): WidgetState<never> {
  return failed(error, null, retry) as WidgetState<never>;
}

function failed(error: unknown, known: Answer | null, retry: () => void): WidgetState<Answer> {
  if (!(error instanceof ApiError)) return { kind: "error", error, retry };
  if (error.status === 0 && error.code === "offline") return { kind: "offline", data: known, retry };
  if (error.status === 402) return { kind: "plan", error };
  if (error.status === 403) return { kind: "forbidden", error };
  return known === null ? { kind: "error", error, retry } : { kind: "stale", data: known };
}

/** What is drawn in a state, also what was known before the server was gone; null where nothing is. */
export function dataOf<T>(state: WidgetState<T>): T | null {
  return state.kind === "data" || state.kind === "stale" || state.kind === "offline" ? state.data : null;
}

/** The same state, of something that is made of its data; `null` is empty. */
export function mapped<T, R>(state: WidgetState<T>, make: (data: T) => R | null): WidgetState<R> {
  switch (state.kind) {
    case "data":
    case "stale": {
      const data = make(state.data);
      return data === null ? { kind: "empty" } : { kind: state.kind, data };
    }
    case "offline":
      return { ...state, data: state.data === null ? null : make(state.data) };
    default:
      return state;
  }
}
