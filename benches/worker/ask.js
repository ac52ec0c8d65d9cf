// Asks the Worker a question so many times in one request: a Worker's clock stands still while it computes, so its CPU is
// the difference that more times make. What is asked is the shipped module; only the bucket is one in memory.
//
//   GET /?question=N&times=T     the N-th question T times, answered with the last answer
//   GET /health                  handed on

import { WorkerEntrypoint } from "cloudflare:workers";
import Nearcast from "./index.js";
import questions from "./questions.json";

const objects = new Map();

class R2Bucket {
  constructor(disk) {
    this.disk = disk;
  }

  /** An object's bytes, read from the disk once. */
  async bytes(key) {
    if (!objects.has(key)) {
      const response = await this.disk.fetch(`http://disk/${key}`);
      if (!response.ok) return undefined;
      objects.set(key, await response.arrayBuffer());
    }
    return objects.get(key);
  }

  async get(key, { range, onlyIf } = {}) {
    const bytes = await this.bytes(key);
    if (bytes === undefined) return null;
    const size = bytes.byteLength;
    const etag = `${key.length}-${size}`;
    if (onlyIf?.etagMatches !== undefined && onlyIf.etagMatches !== etag) return { etag, size };
    const from = range?.suffix === undefined ? (range?.offset ?? 0) : Math.max(0, size - range.suffix);
    const to = range?.length === undefined ? size : from + range.length;
    return { etag, size, bodyUsed: false, arrayBuffer: async () => bytes.slice(from, to) };
  }
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const env = { DATA: new R2Bucket(this.env.DISK), NEARCAST_PUBLIC_DATASETS: "*", NEARCAST_LOG: "off" };
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
