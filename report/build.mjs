// Bundles src/ into dist/: one script and one style sheet that a page from the disk can load.
import { build } from "esbuild";
import { copyFile } from "node:fs/promises";

await build({
  entryPoints: { app: "src/main.js" },
  bundle: true,
  minify: true,
  format: "iife", // file:// forbids modules
  target: ["es2020"],
  outdir: "dist",
  legalComments: "eof",
});
await copyFile("src/index.html", "dist/index.html");
