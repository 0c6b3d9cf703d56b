import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "out/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  // Names stay, so that a stack trace in a log can be read.
  keepNames: true,
  metafile: true,
  logLevel: "warning",
});

// What is bundled brings its licence along.
const bundled = Object.keys(metafile.inputs).flatMap(
  (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
);
writeFileSync("out/THIRD_PARTY.txt", [...new Set(bundled)].sort().map(notice).join("\n"));

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  return `${name} ${version} (${license})\n\n${licenceText(folder)}\n`;
}

function licenceText(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "License.txt"]) {
    try {
      return readFileSync(`${folder}/${name}`, "utf8").trim();
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`${folder} is bundled, and has no licence text`);
}
