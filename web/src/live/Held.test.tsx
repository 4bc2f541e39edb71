import { fireEvent, render, screen } from "@testing-library/react";
import type { JSX } from "react";
import { I18nProvider } from "@lingui/react";
import { i18n } from "@lingui/core";
import { expect, it } from "vitest";

import "@/texts/texts";
import { Held } from "./Held";

function List({ rows, of = "30d" }: { readonly rows: readonly string[]; readonly of?: string }): JSX.Element {
  return (
    <I18nProvider i18n={i18n}>
      <Held rows={rows} id={(row) => row} of={of}>
        {(shown) => <p data-testid="rows">{shown.join(" ")}</p>}
      </Held>
    </I18nProvider>
  );
}

it("a list does not move under the pointer: what is new waits for a click, or for the pointer to leave", () => {
  const { rerender, container } = render(<List rows={["a", "b"]} />);
  const box = container.querySelector("div");
  if (box === null) throw new Error("nothing is drawn");
  const shown = (): string => screen.getByTestId("rows").textContent;
  rerender(<List rows={["b", "a"]} />);
  expect(shown()).toBe("b a");

  fireEvent.pointerEnter(box, { pointerType: "mouse" });
  rerender(<List rows={["c", "a", "b"]} />);
  expect(shown()).toBe("b a");
  fireEvent.click(screen.getByRole("button", { name: "1 new" }));
  expect(shown()).toBe("c a b");

  rerender(<List rows={["d", "c"]} of="7d" />);
  expect(shown()).toBe("d c");
  rerender(<List rows={["c", "e"]} of="7d" />);
  fireEvent.pointerLeave(box);
  expect(shown()).toBe("c e");
});

it("a list that had no row yet shows its first ones, also to somebody who holds it", () => {
  const list = (rows: readonly string[]): JSX.Element => (
    <I18nProvider i18n={i18n}>
      <Held rows={rows} id={(row) => row} of="30d" hold>
        {(shown) => <p data-testid="rows">{shown.join(" ")}</p>}
      </Held>
    </I18nProvider>
  );
  const { rerender } = render(list([]));
  rerender(list(["a", "b"]));
  expect(screen.getByTestId("rows").textContent).toBe("a b");
  rerender(list(["c", "a", "b"]));
  expect(screen.getByTestId("rows").textContent).toBe("a b");
});
