// Builds the Worker into wasm/worker/build. What is missing is installed first, under target/tools and node_modules.
//
//   node tools/build-worker.mjs            quick: for `npm start` and the tests
//   node tools/build-worker.mjs --release  small: for deployment (optimising takes minutes)
//   node tools/build-worker.mjs --out DIR --features conformance   elsewhere, with cargo features: for the tests

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");
const tools = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "tools");
const target = "wasm32-unknown-unknown";
// The first has to be the version of the `wasm-bindgen` crate in Cargo.lock, the second that of `worker`.
const installed = [
  ["wasm-bindgen-cli", "0.2.129"],
  ["worker-build", "0.8.7"],
];

function run(command, args, env = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (done.error?.code === "ENOENT") {
    fail(`${command} is not there: install Rust with rustup (rustup.rs), then run this again`);
  }
  if (done.status !== 0) fail(`failed: ${command} ${args.join(" ")}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function hasTarget() {
  const list = spawnSync("rustup", ["target", "list", "--installed"], { cwd: root, encoding: "utf8" });
  // Without rustup the toolchain comes from elsewhere, and cargo will say what it lacks.
  return list.error !== undefined || list.stdout.split("\n").includes(target);
}

const ledger = join(tools, ".crates.toml");
const { values: options } = parseArgs({
  options: {
    release: { type: "boolean", default: false },
    out: { type: "string", default: "wasm/worker/build" },
    features: { type: "string" },
  },
});
// Set by tools/start-worker.mjs, which has built before it starts wrangler.
if (process.env.NEARCAST_WORKER_BUILT) process.exit(0);

if (!existsSync(join(root, "node_modules", "esbuild"))) {
  console.error("installing the Worker's tools from npm (npm ci)");
  run("npm", ["ci"]);
}
if (!hasTarget()) run("rustup", ["target", "add", target]);
for (const [name, version] of installed) {
  const there = existsSync(ledger) && readFileSync(ledger, "utf8").includes(`"${name} ${version} `);
  if (!there) {
    console.error(`installing ${name} ${version} into ${tools} (once, about two minutes)`);
    run("cargo", ["install", name, "--version", version, "--locked", "--debug", "--force", "--root", tools], {
      // What both are made of is compiled once, and nobody debugs it.
      CARGO_TARGET_DIR: join(tools, "build"),
      CARGO_PROFILE_DEV_DEBUG: "0",
    });
  }
}

const bin = join(root, "node_modules", ".bin");
const out = resolve(root, options.out);
const profile = options.release ? ["--profile", "wasm"] : ["--profile", "wasm-dev", "--no-opt"];
const features = options.features ? ["--", "--features", options.features] : [];
run(join(tools, "bin", "worker-build"), ["wasm/worker", ...profile, "--out-dir", out, ...features], {
  WASM_BINDGEN_BIN: join(tools, "bin", "wasm-bindgen"),
  WASM_OPT_BIN: join(bin, "wasm-opt"),
  ESBUILD_BIN: join(bin, "esbuild"),
});

if (options.release) {
  // Functions' names are a tenth of the module. They are kept beside it, to read a stack trace and to see what is large.
  const [module, named] = [join(out, "index_bg.wasm"), join(out, "index_bg.named.wasm")];
  renameSync(module, named);
  run(join(bin, "wasm-opt"), ["--all-features", "--strip-debug", "--strip-producers", named, "-o", module]);
}
