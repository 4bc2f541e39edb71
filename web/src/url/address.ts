/** The sections of the settings. */
export const SECTIONS = ["general", "bots", "keys", "members", "embed", "rejections", "plan"] as const;
export type Section = (typeof SECTIONS)[number];
/** Those that whoever only reads may see, too. */
export const FOR_ALL: ReadonlySet<Section> = new Set(["general", "bots", "rejections", "plan"]);

/** Which page of which company; what it shows besides is the `View`. */
export type Address =
  | { readonly page: "home" }
  | { readonly page: "login" }
  | { readonly page: "embed"; readonly link: string }
  | { readonly page: "overview"; readonly company: string }
  | { readonly page: "bot"; readonly company: string; readonly bot: string }
  | { readonly page: "gaps"; readonly company: string; readonly bot: string; readonly gap: string | null }
  | { readonly page: "conversations"; readonly company: string; readonly bot: string; readonly conversation: string | null }
  | { readonly page: "search"; readonly company: string }
  | { readonly page: "settings"; readonly company: string; readonly section: Section }
  | { readonly page: "missing" };

const MISSING: Address = { page: "missing" };

/** Read an address, as it was sent (`location.pathname`), without where botlens is mounted. */
export function parseAddress(path: string): Address {
  const ids = idsOf(path);
  if (ids === null) return MISSING;
  const [first, ...rest] = ids;
  if (first === undefined) return { page: "home" };
  if (first === "login" && rest.length === 0) return { page: "login" };
  if (first === "embed" && rest[0] !== undefined && rest.length === 1) return { page: "embed", link: rest[0] };
  const [company, ...inside] = rest;
  return first === "c" && company !== undefined ? ofCompany(company, inside) : MISSING;
}

function idsOf(path: string): string[] | null {
  try {
    const parts = path.split("/").slice(1);
    if (parts.at(-1) === "") parts.pop();
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}

function ofCompany(company: string, [kind, id, ...more]: readonly string[]): Address {
  if (kind === undefined) return { page: "overview", company };
  if (kind === "b" && id !== undefined) return ofBot(company, id, more);
  if (kind === "conversations" && id === undefined) return { page: "search", company };
  if (kind === "settings" && more.length === 0) {
    const section = SECTIONS.find((each) => each === (id ?? "general"));
    return section ? { page: "settings", company, section } : MISSING;
  }
  return MISSING;
}

function ofBot(company: string, bot: string, [kind, id, ...more]: readonly string[]): Address {
  if (more.length > 0) return MISSING;
  if (kind === undefined) return { page: "bot", company, bot };
  if (kind === "gaps") return { page: "gaps", company, bot, gap: id ?? null };
  if (kind === "conversations") return { page: "conversations", company, bot, conversation: id ?? null };
  return MISSING;
}

/** The path of an address, without where botlens is mounted. */
export function printAddress(address: Address): string {
  switch (address.page) {
    case "home":
    case "missing":
      return "/";
    case "login":
      return "/login";
    case "embed":
      return path("embed", address.link);
    case "overview":
      return `${path("c", address.company)}/`;
    case "bot":
      return path("c", address.company, "b", address.bot);
    case "gaps":
      return path("c", address.company, "b", address.bot, "gaps", address.gap);
    case "conversations":
      return path("c", address.company, "b", address.bot, "conversations", address.conversation);
    case "search":
      return path("c", address.company, "conversations");
    case "settings":
      return path("c", address.company, "settings", address.section === "general" ? null : address.section);
  }
}

function path(...ids: readonly (string | null)[]): string {
  return ids.map((id) => (id === null ? "" : `/${encodeURIComponent(id.toWellFormed())}`)).join("");
}
