import { expect, it } from "vitest";

import { onlyGreets } from "./onlyGreets";

it.each(["hi", "great thanks a lot", "super, vielen dank", "merci !", "спасибо", "hi hello"])("greets or thanks and nothing else: %s", (form) => {
  expect(onlyGreets(form)).toBe(true);
});

it.each(["", "hi, where is my parcel", "thanks for nothing", "perfect", "history", "hi ".repeat(13)])("is more than that, or none of it: %s", (form) => {
  expect(onlyGreets(form)).toBe(false);
});
