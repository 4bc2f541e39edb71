import { afterEach, describe, expect, it } from "vitest";

import { isPalette, layKeys, reader, singleKeys, turnSingleKeys, type Keys, type Press } from "./keys";

const press = (key: string, part: Partial<Press> = {}): Press => ({ key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, target: document.body, ...part });
const laid: (() => void)[] = [];
const lay = (keys: Keys): void => {
  laid.push(layKeys(keys));
};
const noting = (done: string[], what: string, result = true) => (): boolean => {
  done.push(what);
  return result;
};

afterEach(() => {
  for (const take of laid.splice(0)) take();
  document.body.replaceChildren();
  turnSingleKeys(true);
});

describe("keys", () => {
  it("do what the innermost of those that have them does", () => {
    const done: string[] = [];
    lay({ n: noting(done, "90 days"), d: noting(done, "today") });
    lay({ n: noting(done, "next") });
    const read = reader();
    expect([read(press("N"), 0), read(press("d"), 1), read(press("q"), 2)]).toEqual([true, true, false]);
    expect(done).toEqual(["next", "today"]);
  });

  it("go further out where the innermost has nothing to do", () => {
    const done: string[] = [];
    lay({ n: noting(done, "90 days") });
    lay({ n: noting(done, "none left", false) });
    expect(reader()(press("n"), 0)).toBe(true);
    expect(done).toEqual(["none left", "90 days"]);
  });

  it("may be two presses, one soon after the other", () => {
    const done: string[] = [];
    lay({ "g o": noting(done, "overview"), o: noting(done, "o alone") });
    const read = reader();
    read(press("g"), 0);
    read(press("o"), 500);
    read(press("g"), 1_000);
    read(press("o"), 9_000);
    expect(done).toEqual(["overview", "o alone"]);
  });

  it.each([
    ["ctrl", { ctrlKey: true }],
    ["meta", { metaKey: true }],
    ["alt, which is Back with an arrow", { altKey: true }],
    ["an input method at work", { isComposing: true }],
    ["an input method at work, as Safari says it", { keyCode: 229 }],
  ] as const)("are none with %s", (_, part) => {
    const done: string[] = [];
    lay({ d: noting(done, "today") });
    expect(reader()(press("d", part), 0)).toBe(false);
    expect(done).toEqual([]);
  });

  it.each(["<input>", "<textarea></textarea>", "<select></select>", "<div role='combobox'></div>", "<div role='menu'><a></a></div>", "<div role='dialog'><button></button></div>"])("are none in %s", (html) => {
    const done: string[] = [];
    lay({ d: noting(done, "today") });
    document.body.innerHTML = html;
    const target = document.body.querySelector("a, button") ?? document.body.firstElementChild;
    expect(reader()(press("d", { target }), 0)).toBe(false);
  });

  it("can be turned off, which this browser remembers", () => {
    turnSingleKeys(false);
    expect(singleKeys()).toBe(false);
    turnSingleKeys(true);
    expect(singleKeys()).toBe(true);
  });

  it("open the palette with Ctrl or Cmd", () => {
    expect(isPalette(press("k", { ctrlKey: true }))).toBe(true);
    expect(isPalette(press("K", { metaKey: true }))).toBe(true);
    expect(isPalette(press("k"))).toBe(false);
    expect(isPalette(press("k", { ctrlKey: true, altKey: true }))).toBe(false);
  });
});
