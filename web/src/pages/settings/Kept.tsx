import type { UseQueryResult } from "@tanstack/react-query";
import type { JSX, ReactNode } from "react";

import { ApiError } from "@/api/error";
import { Widget } from "@/parts/Widget";
import type { WidgetState } from "@/parts/widgetState";

interface Props<T> {
  readonly asked: UseQueryResult<T>;
  readonly height: string;
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/** Something that is kept by the server, in whatever state asking for it is. */
export function Kept<T>({ asked, height, what, children }: Props<T>): JSX.Element {
  return (
    <Widget state={stateOf(asked)} height={height} what={what}>
      {children}
    </Widget>
  );
}

function stateOf<T>({ data, error, refetch }: UseQueryResult<T>): WidgetState<T> {
  const retry = (): void => void refetch();
  if (error instanceof ApiError) {
    if (error.status === 402) return { kind: "plan", error };
    if (error.status === 403) return { kind: "forbidden", error };
  }
  if (data !== undefined) return { kind: "data", data }; // in its place, whatever else is wrong: somebody may be writing in it
  if (error instanceof ApiError && error.status === 0) return { kind: "offline", data: null, retry };
  return error === null ? { kind: "loading" } : { kind: "error", error, retry };
}
