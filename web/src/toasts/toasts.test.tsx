import { act, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { draw } from "../../tools/drawing";
import { say } from "@/texts/texts";
import { copyLink } from "./copying";
import { Toasts } from "./Toasts";
import { toast } from "./toasts";

afterEach(() => {
  vi.useRealTimers();
});

it("what went well is seen and said, and goes by itself; what failed stays until it is read", () => {
  vi.useFakeTimers();
  draw(<Toasts />);
  act(() => {
    toast("The link is copied.");
    toast("The link is copied.");
    toast("There is no file.", { failed: true });
  });
  expect(screen.getByRole("status").textContent).toBe("✓The link is copied.✕");
  expect(screen.getByRole("alert").textContent).toBe("!There is no file.✕");
  act(() => { vi.advanceTimersByTime(60_000); });
  expect(screen.getByRole("status").textContent).toBe("");
  expect(screen.getByRole("alert").textContent).toContain("There is no file.");
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.getByRole("alert").textContent).toBe("");
});

it("does not go while somebody reads it", () => {
  vi.useFakeTimers();
  draw(<Toasts />);
  act(() => { toast("Saved."); });
  fireEvent.pointerEnter(screen.getByText("Saved."));
  act(() => { vi.advanceTimersByTime(60_000); });
  expect(screen.getByText("Saved.")).toBeTruthy();
  fireEvent.pointerLeave(screen.getByText("Saved."));
  act(() => { vi.advanceTimersByTime(60_000); });
  expect(screen.queryByText("Saved.")).toBeNull();
});

it("a link that the browser does not let be copied is shown, to be copied by hand", async () => {
  draw(<Toasts />);
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: () => Promise.reject(new Error("not allowed")) } });
  await act(() => copyLink("https://a.example/c/acme/", say));
  expect(screen.getByRole("alert").textContent).toContain("https://a.example/c/acme/");
});
