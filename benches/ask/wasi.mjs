// As much of WASI preview 1 as a program needs that reads files of one folder and prints. (Node's own crashed after a few
// dozen instances in one process.)

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

const OK = 0, NOT_OPEN = 8, INVALID = 28, NOT_THERE = 44;
const FOLDER = 3, NAME = "/data";
const DIRECTORY = 3, REGULAR = 4;

class Exit extends Error {}

export class Wasi {
  constructor(args, folder) {
    this.args = args.map((arg) => Buffer.from(`${arg}\0`));
    this.folder = folder;
    this.files = new Map();
    this.printed = { 1: [], 2: [] };
    const names = ["args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "fd_close", "fd_fdstat_get",
      "fd_filestat_get", "fd_prestat_get", "fd_prestat_dir_name", "fd_read", "fd_seek", "fd_write", "path_open", "proc_exit",
      "random_get"];
    this.imports = Object.fromEntries(names.map((name) => [name, this[name].bind(this)]));
  }

  /** Runs the program to its end; one that fails throws what it said. */
  start(instance) {
    this.memory = instance.exports.memory;
    try {
      instance.exports._start();
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      throw new Error(Buffer.concat(this.printed[2]).toString());
    }
  }

  said() {
    return Buffer.concat(this.printed[1]).toString();
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  bytes(at, length) {
    return Buffer.from(this.memory.buffer, at, length);
  }

  u32(at, value) {
    this.view.setUint32(at, value, true);
    return OK;
  }

  /** The parts of memory that a list of (place, length) names. */
  parts(at, count) {
    const view = this.view;
    return Array.from({ length: count }, (_, n) =>
      this.bytes(view.getUint32(at + 8 * n, true), view.getUint32(at + 8 * n + 4, true)));
  }

  args_sizes_get(count, size) {
    this.u32(count, this.args.length);
    return this.u32(size, this.args.reduce((sum, arg) => sum + arg.length, 0));
  }

  args_get(pointers, at) {
    for (const arg of this.args) {
      this.u32(pointers, at);
      this.bytes(at, arg.length).set(arg);
      pointers += 4;
      at += arg.length;
    }
    return OK;
  }

  environ_sizes_get(count, size) {
    this.u32(count, 0);
    return this.u32(size, 0);
  }

  environ_get() {
    return OK;
  }

  fd_prestat_get(fd, at) {
    if (fd !== FOLDER) return NOT_OPEN;
    this.u32(at, 0);
    return this.u32(at + 4, NAME.length);
  }

  fd_prestat_dir_name(fd, at, length) {
    if (fd !== FOLDER) return NOT_OPEN;
    this.bytes(at, length).write(NAME);
    return OK;
  }

  fd_fdstat_get(fd, at) {
    this.bytes(at, 24).fill(0);
    this.view.setUint8(at, fd === FOLDER ? DIRECTORY : REGULAR);
    this.view.setBigUint64(at + 8, ~0n, true);
    this.view.setBigUint64(at + 16, ~0n, true);
    return OK;
  }

  fd_filestat_get(fd, at) {
    const file = this.files.get(fd);
    if (!file) return NOT_OPEN;
    this.bytes(at, 64).fill(0);
    this.view.setUint8(at + 16, REGULAR);
    this.view.setBigUint64(at + 32, BigInt(fstatSync(file.fd).size), true);
    return OK;
  }

  path_open(_folder, _flags, path, length, _open, _rights, _inherited, _fdFlags, at) {
    try {
      const fd = openSync(join(this.folder, this.bytes(path, length).toString()), "r");
      this.files.set(fd + 100, { fd, at: 0 });
      return this.u32(at, fd + 100);
    } catch {
      return NOT_THERE;
    }
  }

  fd_read(fd, parts, count, at) {
    const file = this.files.get(fd);
    if (!file) return NOT_OPEN;
    let total = 0;
    for (const part of this.parts(parts, count)) {
      const read = readSync(file.fd, part, 0, part.length, file.at);
      file.at += read;
      total += read;
      if (read < part.length) break;
    }
    return this.u32(at, total);
  }

  fd_seek(fd, offset, whence, at) {
    const file = this.files.get(fd);
    if (!file) return NOT_OPEN;
    const from = [0, file.at, fstatSync(file.fd).size][whence];
    if (from === undefined) return INVALID;
    file.at = from + Number(offset);
    this.view.setBigUint64(at, BigInt(file.at), true);
    return OK;
  }

  fd_close(fd) {
    const file = this.files.get(fd);
    if (!file) return NOT_OPEN;
    closeSync(file.fd);
    this.files.delete(fd);
    return OK;
  }

  fd_write(fd, parts, count, at) {
    const written = this.parts(parts, count).map((part) => Buffer.from(part));
    this.printed[fd]?.push(...written);
    return this.u32(at, written.reduce((sum, part) => sum + part.length, 0));
  }

  // A program without randomness asks for none; hash tables would.
  random_get(at, length) {
    this.bytes(at, length).fill(7);
    return OK;
  }

  proc_exit() {
    throw new Exit();
  }
}
