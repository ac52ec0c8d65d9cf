// What one more time of a question costs in wasm, in V8 as on Workers: (CPU time of 1 + N times - that of 1) / N.
//
//   node run.mjs MODULE DATA TERMS SAMPLES
//
// Prints JSON: for each question, cold and warm, the answer with what it read, the CPU seconds of each sample, and the
// size of the module's memory after it, bytes.

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { WASI } from "node:wasi";

const [path, data, terms, samples] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(path));
const scratch = mkdtempSync(join(tmpdir(), "nearcast-ask-"));
const said = join(scratch, "answer.json");
// Node's WASI follows freed memory when an instance is collected: none is.
const kept = [];

function run(question, mode, times) {
  const stdout = openSync(said, "w");
  const wasi = new WASI({
    version: "preview1",
    args: ["nearcast-ask", "/data", terms, String(question), mode, String(times)],
    preopens: { "/data": data },
    stdout,
    returnOnExit: true,
  });
  const instance = new WebAssembly.Instance(module, wasi.getImportObject());
  kept.push(wasi, instance);
  const before = process.cpuUsage();
  const code = wasi.start(instance);
  const used = process.cpuUsage(before);
  closeSync(stdout);
  if (code !== 0) throw new Error(`question ${question}, ${mode}: the program ended with ${code}`);
  return { seconds: (used.user + used.system) / 1e6, bytes: instance.exports.memory.buffer.byteLength };
}

const measured = [];
for (let question = 1; question <= 6; question++) {
  for (const mode of ["cold", "warm"]) {
    // A sample takes 40 ms at least, so that the clock's grain does not show; until then V8 has compiled what is busy.
    let more = 10;
    run(question, mode, 600);
    while (run(question, mode, 1 + more).seconds - run(question, mode, 1).seconds < 0.04 && more < 10_000) more *= 2;
    const cpu_s = [];
    for (let sample = 0; sample < Number(samples); sample++) {
      const one = run(question, mode, 1).seconds;
      cpu_s.push((run(question, mode, 1 + more).seconds - one) / more);
    }
    const { bytes } = run(question, mode, 1);
    measured.push({ question, mode, cpu_s, memory_bytes: bytes, reply: JSON.parse(readFileSync(said, "utf8")) });
  }
}
rmSync(scratch, { recursive: true });
process.stdout.write(JSON.stringify(measured));
