/** The texts of a language, compiled by `tools/texts.ts`. */
declare module "virtual:texts/en" {
  export const messages: import("@lingui/core").Messages;
}

declare module "virtual:texts/de" {
  export const messages: import("@lingui/core").Messages;
}
