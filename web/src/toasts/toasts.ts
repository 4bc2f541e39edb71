import { useSyncExternalStore } from "react";

/** Something that is said once at the edge of the page: that a link is copied, or why a file could not be saved. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  /** What failed stays until somebody has read it. */
  readonly failed: boolean;
}

const MOST = 3;

let shown: readonly Toast[] = [];
let last = 0;
const ears = new Set<() => void>();

function show(toasts: readonly Toast[]): void {
  shown = toasts;
  for (const heard of ears) heard();
}

/** Say something at the edge of the page; the same once only. */
export function toast(text: string, { failed = false }: { readonly failed?: boolean } = {}): void {
  last += 1;
  show([...shown.filter((each) => each.text !== text), { id: last, text, failed }].slice(-MOST));
}

/** It was read. */
export function dismiss(id: number): void {
  show(shown.filter((each) => each.id !== id));
}

/** What is said now, the oldest first. */
export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(hear, () => shown);
}

function hear(heard: () => void): () => void {
  ears.add(heard);
  return () => { ears.delete(heard); };
}
