import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

import { isOfFirstView } from "./tools/firstView.ts";
import { packed } from "./tools/packed.ts";
import { texts } from "./tools/texts.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` asks: a server of botlens, and a key that is sent along until there is a session. */
const api = process.env.BOTLENS_DEV_URL ?? "http://127.0.0.1:8000";
const key = process.env.BOTLENS_DEV_KEY;
const proxied = { target: api, ...(key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } }) };

export default defineConfig({
  // Relative: the server writes where the app is mounted into index.html, chunks find each other by themselves.
  base: "./",
  plugins: [react(), texts(), packed()],
  resolve: { alias: { "@": here("./src") } },
  css: { modules: { localsConvention: "camelCaseOnly" } },
  build: {
    outDir: here("../src/botlens/web/dist"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // nothing inline: the policy allows no script and no style that is not a file
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ debugName: "first", name: (id, modules) => (isOfFirstView(id, (each) => modules.getModuleInfo(each)) ? "first" : null) }] } },
    },
    manifest: "manifest.json", // what the first view needs, for the limits of size
  },
  server: { proxy: { "/v1": proxied, "/analytics": proxied, "/docs": proxied, "/openapi.json": proxied } },
  test: { environment: "happy-dom", testTimeout: 20_000, include: ["src/**/*.test.{ts,tsx}", "tools/**/*.test.ts"], setupFiles: ["./tools/testing.ts"] },
});
