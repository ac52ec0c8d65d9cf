// Runs the Worker on this machine: builds it, fills the local R2 bucket with the demo, starts workerd.
//
//   npm start
//   npm start -- --port 9000 --data DIR --var NEARCAST_LOG=debug
//
// The tests use it too: --persist DIR keeps the bucket elsewhere, --built skips the build, --script FILE starts another
// build than wrangler.toml's, and --until-stdin-ends makes it stop with the process that started it.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    data: { type: "string", default: join(root, "demo", "data") },
    persist: { type: "string", default: join(root, ".wrangler", "state") },
    var: { type: "string", multiple: true, default: [] },
    script: { type: "string" },
    built: { type: "boolean", default: false },
    "until-stdin-ends": { type: "boolean", default: false },
  },
});

const node = join(root, "node_modules", ".bin", "node");
if (!existsSync(node)) {
  console.error("installing the Worker's tools from npm (npm ci)");
  const done = spawnSync("npm", ["ci"], { cwd: root, stdio: "inherit" });
  if (done.status !== 0) process.exit(1);
}
// Wrangler wants Node 22, which npm ci has brought.
if (Number(process.versions.node.split(".")[0]) < 22) {
  const again = spawn(node, process.argv.slice(1), { cwd: root, stdio: "inherit" });
  again.on("exit", (code) => process.exit(code ?? 1));
} else {
  await start();
}

async function start() {
  process.chdir(root);
  process.env.WRANGLER_SEND_METRICS = "false";
  if (!options.built) {
    const done = spawnSync(process.execPath, ["tools/build-worker.mjs"], { stdio: "inherit" });
    if (done.status !== 0) process.exit(1);
  }
  await seed();
  const wrangler = spawn(
    process.execPath,
    [
      "node_modules/wrangler/bin/wrangler.js",
      "dev",
      ...(options.script ? [options.script] : []),
      ...["--ip", "127.0.0.1", "--port", options.port, "--inspector-port", "0"],
      ...["--persist-to", options.persist, "--show-interactive-dev-session=false"],
      ...options.var.flatMap((pair) => ["--var", pair.replace("=", ":")]),
    ],
    // The Worker is built already: wrangler.toml's build command is told so.
    { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, NEARCAST_WORKER_BUILT: "1" } },
  );
  wrangler.on("exit", (code) => process.exit(code ?? 1));
  const stop = () => wrangler.kill("SIGTERM");
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (options["until-stdin-ends"]) process.stdin.on("end", stop).resume();
}

/** Puts every file of the data directory into the bucket that wrangler.toml binds as DATA. */
async function seed() {
  rmSync(join(options.persist, "v3", "r2"), { recursive: true, force: true });
  const { getPlatformProxy } = await import("wrangler");
  const { env, dispose } = await getPlatformProxy({ persist: { path: join(options.persist, "v3") } });
  const files = readdirSync(options.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    await env.DATA.put(relative(options.data, path).split(sep).join("/"), readFileSync(path));
  }
  await dispose();
  console.error(`${files.length} objects from ${options.data} are in the local bucket`);
}
