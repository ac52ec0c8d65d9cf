// Asks the Worker a question so many times in one request: a Worker's clock stands still while it computes, so its CPU is
// the difference that more times make. What is asked is the shipped module; only the bucket is one in memory.
//
//   GET /?question=N&times=T     the N-th question T times, answered with the last answer
//   GET /health                  handed on

import { WorkerEntrypoint } from "cloudflare:workers";
import Nearcast from "./index.js";
import objects from "./objects.js";
import questions from "./questions.json";

class R2Bucket {
  async get(key, { range, onlyIf } = {}) {
    const bytes = objects[key];
    if (bytes === undefined) return null;
    const etag = `"${key.length}-${bytes.byteLength}"`;
    const whole = { etag, size: bytes.byteLength, bodyUsed: false };
    if (onlyIf?.etagMatches !== undefined && onlyIf.etagMatches !== etag) return { etag, size: bytes.byteLength };
    const from = range?.suffix === undefined ? (range?.offset ?? 0) : Math.max(0, bytes.byteLength - range.suffix);
    const to = range?.length === undefined ? bytes.byteLength : from + range.length;
    return { ...whole, arrayBuffer: async () => bytes.slice(from, to) };
  }
}

const bucket = new R2Bucket();

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const env = { DATA: bucket, NEARCAST_PUBLIC_DATASETS: "*", NEARCAST_LOG: "off" };
    const url = new URL(request.url);
    if (url.pathname !== "/") return new Nearcast(this.ctx, env).fetch(request);
    const body = JSON.stringify(questions[Number(url.searchParams.get("question"))]);
    let answer;
    for (let left = Number(url.searchParams.get("times")); left > 0; left--) {
      const asked = new Request("http://nearcast.test/mcp", { method: "POST", headers, body });
      answer = await new Nearcast(this.ctx, env).fetch(asked);
      if (left > 1) await answer.arrayBuffer();
    }
    return answer;
  }
}

const headers = {
  "Content-Type": "application/json",
  Accept: "application/json, text/event-stream",
  "MCP-Protocol-Version": "2025-06-18",
};
