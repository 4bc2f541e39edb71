const MOST = 60;

/** An id that people can read in addresses, made of a name: "Möbel & Mehr" is "mobel-mehr". */
export function botIdOf(name: string, taken: readonly string[]): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("ß", "ss").toLowerCase();
  const id = plain.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, MOST).replace(/^-+|-+$/g, "") || "bot";
  if (!taken.includes(id)) return id;
  for (let n = 2; ; n += 1) if (!taken.includes(`${id}-${String(n)}`)) return `${id}-${String(n)}`;
}
