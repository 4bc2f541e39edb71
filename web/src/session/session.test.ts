import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseAddress } from "@/url/address";
import { credentialsIn, nameIn, takeFragment } from "./credentials";
import { companyOf, loginQuery, safeReturn } from "./returning";

describe("where to go after logging in", () => {
  it.each(["/c/acme/", "/c/acme/b/shop?p=7d&f=language,is,de", "/c/acme/settings/keys", "/c/acme/b/a%2Fb/conversations/c-1"])(
    "is a page of this server: %s",
    (to) => {
      expect(safeReturn(to)).toBe(to);
    },
  );

  it.each([null, "", "https://evil.example/c/acme/", "//evil.example/c/acme/", "/\\evil.example/c/acme/", "javascript:alert(1)", "/login?to=/c/acme/", "/embed/e_1", "/v1/me", "/c/%E0%A4%A"])(
    "is nothing else: %s",
    (to) => {
      expect(safeReturn(to)).toBeNull();
    },
  );

  it("never leads away, whatever somebody put into a link", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map((text) => `/c/${text}`), fc.string().map((text) => `/${text}`)), (to) => {
        const safe = safeReturn(to);
        if (safe === null) return;
        expect(new URL(safe, "https://here.example").origin).toBe("https://here.example");
        expect("company" in parseAddress(safe.split("?", 1)[0] ?? "")).toBe(true);
      }),
    );
  });

  it("is carried by the address of the login, and known to be of a company", () => {
    expect(loginQuery("/c/acme/b/shop?p=7d")).toBe("?to=%2Fc%2Facme%2Fb%2Fshop%3Fp%3D7d");
    expect(loginQuery("/")).toBe("");
    expect(companyOf("/c/acme/b/shop?p=7d")).toBe("acme");
  });
});

describe("the fragment of a login", () => {
  const jwt = (claims: object): string => `x.${btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(claims)))).replaceAll("+", "-").replaceAll("/", "_")}.y`;

  it("holds a token, or a JWT, or nothing", () => {
    expect(credentialsIn("#token=bll_a-B_1")).toEqual({ token: "bll_a-B_1" });
    expect(credentialsIn("#jwt=a.b.c")).toEqual({ jwt: "a.b.c" });
    expect(credentialsIn("#content")).toBeNull();
    expect(credentialsIn("")).toBeNull();
  });

  it("says whose a JWT is, if it does", () => {
    expect(nameIn({ jwt: jwt({ sub: "u1", name: "Jürgen Groß" }) })).toBe("Jürgen Groß");
    expect(nameIn({ jwt: jwt({ sub: "u1" }) })).toBe("u1");
    expect(nameIn({ jwt: "broken" })).toBeNull();
    expect(nameIn({ token: "bll_1" })).toBeNull();
  });

  it("is gone from the address once it is taken; the rest stays", () => {
    window.history.replaceState(null, "", "/login?to=%2Fc%2Facme%2F#token=secret");
    expect(takeFragment()).toBe("#token=secret");
    expect(window.location.href).not.toContain("secret");
    expect(window.location.search).toBe("?to=%2Fc%2Facme%2F");
  });
});
