// What one more time of a question costs in wasm, in V8 as on Workers: (CPU time of 1 + N times - that of 1) / N.
//
//   node run.mjs MODULE DATA TERMS SAMPLES FIRST LAST
//
// Prints JSON: for each question from FIRST to LAST, cold and warm, the answer with what it read, the CPU seconds of each sample, and the
// size of the module's memory after it, bytes.

import { readFileSync } from "node:fs";
import process from "node:process";
import { Wasi } from "./wasi.mjs";

const [path, data, terms, samples, first, last] = process.argv.slice(2);
const WARM_UP_TIMES = 600, WARM_UP_S = 1.5;
const module = new WebAssembly.Module(readFileSync(path));

function run(question, mode, times) {
  const wasi = new Wasi(["nearcast-ask", "/data", terms, String(question), mode, String(times)], data);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.imports });
  const before = process.cpuUsage();
  wasi.start(instance);
  const used = process.cpuUsage(before);
  return {
    seconds: (used.user + used.system) / 1e6,
    bytes: instance.exports.memory.buffer.byteLength,
    said: wasi.said(),
  };
}

const measured = [];
for (let question = Number(first); question <= Number(last); question++) {
  for (const mode of ["cold", "warm"]) {
    // A sample takes 40 ms at least, so that the clock's grain does not show; until then V8 has compiled what is busy.
    let more = 10;
    for (let times = 0, spent = 0; times < WARM_UP_TIMES && spent < WARM_UP_S; times += 50) spent += run(question, mode, 50).seconds;
    while (run(question, mode, 1 + more).seconds - run(question, mode, 1).seconds < 0.04 && more < 10_000) more *= 2;
    const cpu_s = [];
    for (let sample = 0; sample < Number(samples); sample++) {
      const one = run(question, mode, 1).seconds;
      cpu_s.push((run(question, mode, 1 + more).seconds - one) / more);
    }
    const { bytes, said } = run(question, mode, 1);
    measured.push({ question, mode, cpu_s, memory_bytes: bytes, reply: JSON.parse(said) });
  }
}
process.stdout.write(JSON.stringify(measured));
