import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { render, type RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";

import "../src/texts/texts";

/** Draw something as the page does, in its language; what is drawn in its place later, too. */
export function draw(what: ReactNode): RenderResult {
  return render(what, { wrapper: ({ children }) => <I18nProvider i18n={i18n}>{children}</I18nProvider> });
}
