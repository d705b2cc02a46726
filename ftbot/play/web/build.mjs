// Builds the page into ../static: one script, one style sheet, and the licences of everything that is in them.
import { build } from "esbuild";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// What a package has bundled into its own files, so that no directory of its own brings the licence.
const WITHIN = { "slack-blocks-to-jsx": [["@yozora", "MIT"]] };

const out = process.argv[2] ?? "../static";
mkdirSync(out, { recursive: true });

const made = await build({
  entryPoints: { app: "src/main.jsx" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  jsx: "automatic",
  charset: "utf8",
  legalComments: "none", // every licence is in LICENCES.txt, whole
  define: { "process.env.NODE_ENV": '"production"' },
  outdir: out,
  metafile: true,
  logLevel: "warning",
});
copyFileSync("src/index.html", join(out, "index.html"));

const packages = new Set();
for (const output of Object.values(made.metafile.outputs))
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const within = path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (within && bytesInOutput > 0) packages.add(within[1]);
  }

const licences = [...packages].sort().flatMap((directory) => {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const file = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one));
  if (!file && !existsSync(join("licences", `${name}.txt`))) throw new Error(`${name} brings no licence; put it into licences/${name}.txt`);
  const text = readFileSync(file ? join(directory, file) : join("licences", `${name}.txt`), "utf8").trim();
  const within = (WITHIN[name] ?? []).map(([inner, terms]) =>
    `${inner}, within ${name} (${terms})\n\n${readFileSync(join("licences", `${inner}.txt`), "utf8").trim()}\n`);
  return [`${name} ${version} (${license})\n\n${text}\n`, ...within];
});
const head = "What app.js and app.css contain beside ftbot's own code, and under which licences.\n";
writeFileSync(join(out, "LICENCES.txt"), [head, ...licences].join(`\n${"-".repeat(80)}\n\n`));
console.log(`${packages.size} packages`);
