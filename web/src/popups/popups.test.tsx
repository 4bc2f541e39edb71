import { fireEvent, screen } from "@testing-library/react";
import { useState, type JSX } from "react";
import { expect, it, vi } from "vitest";

import { draw } from "../../tools/drawing";
import { Combobox, Dialog, Menu, Popover } from "./Popups";

const WAIT = { timeout: 5_000 };

it("a popover is a button alone until it is pressed, then opens", async () => {
  draw(
    <Popover trigger="What is this?" title="CSAT">
      Ratings of 4 and 5
    </Popover>,
  );
  expect(screen.queryByText("Ratings of 4 and 5")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "What is this?" }));
  expect(await screen.findByText("Ratings of 4 and 5", {}, WAIT)).toBeTruthy();
  expect(screen.getByRole("dialog", { name: "CSAT" })).toBeTruthy();
});

it("a menu does what is picked", async () => {
  const onPick = vi.fn();
  draw(<Menu trigger="Period" groups={[{ items: [{ id: "7d", text: "Last 7 days", hint: "W", onPick }] }]} />);
  fireEvent.click(screen.getByRole("button", { name: "Period" }));
  fireEvent.click(await screen.findByRole("menuitem", { name: /Last 7 days/ }, WAIT));
  expect(onPick).toHaveBeenCalledOnce();
});

it("a dialog is named, and closed by its button", async () => {
  function Page(): JSX.Element {
    const [open, setOpen] = useState(true);
    return (
      <Dialog open={open} onOpenChange={setOpen} title="Keys">
        the sheet
      </Dialog>
    );
  }
  draw(<Page />);
  expect(await screen.findByRole("dialog", { name: "Keys" }, WAIT)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  await vi.waitFor(() => {
    expect(screen.queryByText("the sheet")).toBeNull();
  });
});

it("a combobox is a labelled field that tells what is typed", async () => {
  const onType = vi.fn();
  draw(<Combobox label="Language" items={[]} value={null} onPick={vi.fn()} onType={onType} empty="None" />);
  const field = await screen.findByRole("combobox", { name: "Language" }, WAIT);
  fireEvent.change(field, { target: { value: "Ger" } });
  expect(onType).toHaveBeenLastCalledWith("Ger");
});
