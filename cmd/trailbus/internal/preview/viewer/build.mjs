// Bundles the viewer into dist, with the licences of all that is in it. Run by: make viewer
import { build } from "esbuild";
import { readFile, readdir, writeFile, mkdir } from "node:fs/promises";

const result = await build({
  entryPoints: ["view.jsx"],
  outfile: "dist/viewer.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  legalComments: "none", // they stand in dist/LICENSES.txt
  define: { "process.env.NODE_ENV": '"production"' },
  alias: { "react-markdown": "./plain.js", "remark-gfm": "./plain.js", "node-emoji": "./plain.js" },
  metafile: true,
});
await mkdir("dist", { recursive: true });
await writeFile("dist/viewer.css", await readFile("node_modules/slack-blocks-to-jsx/dist/style.css"));

const packages = new Set();
for (const [path, { bytesInOutput }] of Object.entries(Object.values(result.metafile.outputs)[0].inputs)) {
  const name = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1];
  if (name && bytesInOutput > 0) packages.add(name);
}
let licences = "What dist/viewer.js and dist/viewer.css are made of, and its licences.\n";
for (const name of [...packages].sort()) {
  const folder = "node_modules/" + name;
  const { version, license } = JSON.parse(await readFile(folder + "/package.json", "utf8"));
  const file = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f));
  if (!file) throw new Error(name + " has no licence text");
  licences += `\n${"=".repeat(80)}\n${name} ${version}, ${license}\n\n${(await readFile(folder + "/" + file, "utf8")).trim()}\n`;
}
// slack-blocks-to-jsx carries Yozora within it, and not its licence.
licences += `\n${"=".repeat(80)}\n@yozora/parser and what it needs, within slack-blocks-to-jsx, MIT\n\n${(await readFile("yozora.LICENSE.txt", "utf8")).trim()}\n`;
await writeFile("dist/LICENSES.txt", licences);
console.log([...packages].sort().join(", "));
