// What one more forecast costs in wasm, in V8 as on Workers: (CPU time of 11 times - that of 1) / 10.
//
//   node forecast.mjs MODULE FOLDER FILE HISTORIES MODELS SAMPLES
//
// FOLDER/FILE holds so many histories; MODELS are separated by commas. Prints JSON: for each history and model the CPU
// seconds of each sample and the answer, as the program printed it.

import { readFileSync } from "node:fs";
import process from "node:process";
import { Wasi } from "./wasi.mjs";

const [path, folder, file, histories, models, samples] = process.argv.slice(2);
const MORE = 10, WARM_UP_S = 1.5;
const module = new WebAssembly.Module(readFileSync(path));

function run(history, model, times) {
  const wasi = new Wasi(["forecast", `/data/${file}`, String(history), model, String(times)], folder);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.imports });
  const before = process.cpuUsage();
  wasi.start(instance);
  const used = process.cpuUsage(before);
  return { seconds: (used.user + used.system) / 1e6, said: wasi.said() };
}

const measured = [];
for (const model of models.split(",")) {
  for (let history = 0; history < Number(histories); history++) {
    // Until then V8 has compiled what is busy.
    for (let spent = 0; spent < WARM_UP_S; ) spent += run(history, model, 1 + MORE).seconds;
    const cpu_s = [];
    for (let sample = 0; sample < Number(samples); sample++) {
      const one = run(history, model, 1).seconds;
      cpu_s.push((run(history, model, 1 + MORE).seconds - one) / MORE);
    }
    measured.push({ history, model, cpu_s, said: run(history, model, 1).said });
  }
}
process.stdout.write(JSON.stringify(measured));
