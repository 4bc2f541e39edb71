import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const PACKABLE = /\.(?:js|css|svg|html|json)$/;
const LEAST_BYTES = 1_024;

/** Writes each file of the build beside itself as gzip, so that serving costs nothing. */
export function packed(): Plugin {
  let folder = "";
  return {
    name: "botlens:packed",
    apply: "build",
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !PACKABLE.test(entry.name) || entry.name === "index.html") continue;
        const path = join(entry.parentPath, entry.name);
        const content = readFileSync(path);
        if (content.length < LEAST_BYTES) continue;
        writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
