/** The ids of all texts: those of the English files. A new file of texts is named here. */
export type TextId =
  | keyof typeof import("./en/bar.json")
  | keyof typeof import("./en/bot.json")
  | keyof typeof import("./en/catalogue.json")
  | keyof typeof import("./en/chart.json")
  | keyof typeof import("./en/conversations.json")
  | keyof typeof import("./en/errors.json")
  | keyof typeof import("./en/frame.json")
  | keyof typeof import("./en/gaps.json")
  | keyof typeof import("./en/keys.json")
  | keyof typeof import("./en/url.json")
  | keyof typeof import("./en/widget.json")
  | keyof typeof import("./en/session.json")
  | keyof typeof import("./en/login.json")
  | keyof typeof import("./en/settings.json")
  | keyof typeof import("./en/first.json")
  | keyof typeof import("./en/embed.json");
