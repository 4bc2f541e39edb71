import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseAddress, printAddress, SECTIONS, type Address } from "./address";

const ids = fc.oneof(fc.string({ unit: "grapheme", minLength: 1 }), fc.constantFrom("a/b", "%2F", "..", ".", "?", "#", "%", "🛋️", " ", "a%20b"));
const id = ids.filter((text) => text.toWellFormed() === text);

const addresses: fc.Arbitrary<Address> = fc.oneof(
  fc.constantFrom<Address>({ page: "home" }, { page: "login" }),
  fc.record({ page: fc.constant("embed" as const), link: id }),
  fc.record({ page: fc.constant("overview" as const), company: id }),
  fc.record({ page: fc.constant("search" as const), company: id }),
  fc.record({ page: fc.constant("bot" as const), company: id, bot: id }),
  fc.record({ page: fc.constant("gaps" as const), company: id, bot: id, gap: fc.option(id) }),
  fc.record({ page: fc.constant("conversations" as const), company: id, bot: id, conversation: fc.option(id) }),
  fc.record({ page: fc.constant("settings" as const), company: id, section: fc.constantFrom(...SECTIONS) }),
);

describe("the path of an address", () => {
  it("is read back as the same, whatever the ids are", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseAddress(printAddress(address))).toEqual(address);
      }),
    );
  });

  it("reads as something, whatever was typed", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webPath(), fc.string()), (path) => {
        expect(parseAddress(path).page).toBeTypeOf("string");
      }),
    );
  });

  it.each([
    [{ page: "overview", company: "ACME" }, "/c/ACME/"],
    [{ page: "bot", company: "ACME", bot: "BOT" }, "/c/ACME/b/BOT"],
    [{ page: "gaps", company: "ACME", bot: "BOT", gap: null }, "/c/ACME/b/BOT/gaps"],
    [{ page: "conversations", company: "ACME", bot: "BOT", conversation: "a/b" }, "/c/ACME/b/BOT/conversations/a%2Fb"],
    [{ page: "settings", company: "ACME", section: "keys" }, "/c/ACME/settings/keys"],
  ] as const)("is readable: %o", (address, path) => {
    expect(printAddress(address)).toBe(path);
  });

  it.each(["/c", "/c/", "/nothing", "/c/a/b", "/c/a/x", "/c/a/settings/x", "/c/a/b/c/gaps/d/e", "/c/%", "/login/x", "/embed"])(
    "%s is no page",
    (path) => {
      expect(parseAddress(path)).toEqual({ page: "missing" });
    },
  );

  it("may end in a slash", () => {
    expect(parseAddress("/c/a")).toEqual(parseAddress("/c/a/"));
    expect(parseAddress("/c/a/b/c/gaps/")).toEqual(parseAddress("/c/a/b/c/gaps"));
  });
});
