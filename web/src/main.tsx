import { I18nProvider } from "@lingui/react";
import { i18n } from "@lingui/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./styles/tokens.css";
import "./styles/base.css";
import { App } from "./App";
import { reloadOnceForNewVersion } from "./newVersion";
import { fetchPopups } from "./popups/Popups";
import { firstLanguage, speak } from "./texts/texts";
import { chosenTheme, showTheme } from "./theme";

showTheme(chosenTheme());
reloadOnceForNewVersion();

const place = document.getElementById("page");
if (place === null) throw new Error("index.html has no place for the page.");
await speak(firstLanguage()).catch(() => undefined); // English is here anyway
createRoot(place).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <App />
    </I18nProvider>
  </StrictMode>,
);
fetchPopups();
