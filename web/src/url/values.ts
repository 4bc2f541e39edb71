import type { FieldName, FilterValue } from "@/figures";
import { FIELDS } from "@/generated/catalogue";

/*
 * Parts of a parameter stand between commas: `language,is,de`. A comma of a value is `~,`, a tilde `~~`, null `~0`.
 * That is independent of the percent signs around it, which programs on the way add and take as they like.
 */

/** Parts as one text. */
export function joined(parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[~,]/g, (sign) => `~${sign}`)).join(",");
}

/** The parts of a text, with what `~0` stands for; null if it ends in the middle of an escape or has an unknown one. */
export function split(text: string): readonly (string | null)[] | null {
  const parts: (string | null)[] = [];
  let part: string | null = "";
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === ",") {
      parts.push(part);
      part = "";
    } else if (part === null) {
      return null;
    } else if (sign === "~") {
      at += 1;
      const escaped = text.charAt(at);
      if (escaped === "0" && part === "") part = null;
      else if (escaped === "~" || escaped === ",") part += escaped;
      else return null;
    } else {
      part += sign;
    }
  }
  return [...parts, part];
}

/** Values as one text. */
export function printValues(values: readonly FilterValue[]): string {
  return values.map((value) => (value === null ? "~0" : joined([String(value)]))).join(",");
}

/** A value of a field; undefined if the field has no such values. */
export function readValue(text: string | null, field: FieldName): FilterValue | undefined {
  const { type, nullable }: { type: string; nullable: boolean } = FIELDS[field];
  if (text === null) return nullable ? null : undefined;
  switch (type) {
    case "flag":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "number":
    case "decimal":
      return readNumber(text, type === "number");
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
    case "month":
      return /^\d{4}-\d{2}$/.test(text) ? text : undefined;
    default:
      return text;
  }
}

function readNumber(text: string, whole: boolean): number | undefined {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || (whole && !Number.isInteger(number))) return undefined;
  return number;
}
