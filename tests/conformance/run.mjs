// Runs the official MCP conformance suite against a server that was built with the feature `conformance`:
//
//     node tests/conformance/run.mjs http://127.0.0.1:8787/mcp 2026-07-28
//
// Exits 0 if the suite has exactly the scenarios that scenarios.json names, and each comes out as named: one that is to
// run passes every check, and one that is excluded does not pass (or it would no longer have to be excluded).

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 22;
const SCENARIO_TIMEOUT_MS = 30_000;
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

function fail(message) {
  console.error(`conformance: ${message}`);
  process.exit(1);
}

const [url, requirement] = process.argv.slice(2);
const list = JSON.parse(readFileSync(join(here, 'scenarios.json'), 'utf8'));
if (!url || !(requirement in list.requirements)) {
  fail(`usage: node tests/conformance/run.mjs URL ${Object.keys(list.requirements).join('|')}`);
}

// CONFORMANCE_MODULES is for trying another installation of the suite.
const modules = process.env.CONFORMANCE_MODULES ?? join(root, 'node_modules');
const suite = join(modules, '@modelcontextprotocol', 'conformance');
if (!existsSync(suite)) fail(`the suite is not installed: run "npm ci" in ${root}`);
const installed = JSON.parse(readFileSync(join(suite, 'package.json'), 'utf8')).version;
if (installed !== list.suite) {
  fail(`version ${installed} of the suite is installed, scenarios.json is about ${list.suite}`);
}

/** A Node that is new enough: this one, or the one from the registry. */
function node() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const bundled = join(modules, 'node', 'bin', 'node');
  if (!existsSync(bundled)) fail(`Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.version}: run "npm ci" in ${root}`);
  return bundled;
}

function run(...args) {
  const program = node();
  const path = `${dirname(program)}${delimiter}${process.env.PATH ?? ''}`;
  const result = spawnSync(program, [join(suite, 'dist', 'index.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    maxBuffer: 64 << 20,
  });
  if (result.error) fail(`the suite did not start: ${result.error.message}`);
  return result;
}

/** The server scenarios of a requirement set, those that are never scored too. */
function scenarios() {
  const found = [];
  let section = '';
  for (const line of run('list', '--server', '--requirements', requirement).stdout.split('\n')) {
    if (/^(Server scenarios|Client scenarios|Run and reported)/.test(line)) section = line.split(' ')[0];
    const [, name, side] = /^\s+- (\S+)(?: \[(\w+)\])?$/.exec(line) ?? [];
    if (name && (section === 'Server' || side === 'server')) found.push(name);
  }
  return found;
}

const named = list.requirements[requirement];
const known = scenarios();
if (known.length === 0) fail('the suite lists no scenario: has its output changed?');
const deviations = [];
for (const name of known) {
  if (!(name in named)) deviations.push(`${name}: the suite has it, scenarios.json does not name it`);
}
for (const name of Object.keys(named)) {
  if (!known.includes(name)) deviations.push(`${name}: scenarios.json names it, the suite does not have it`);
}

const target = join(root, 'target', 'conformance');
mkdirSync(target, { recursive: true });
const results = mkdtempSync(join(target, `${requirement}-`));
const suiteRun = run('server', '--url', url, '--requirements', requirement, '--timeout', String(SCENARIO_TIMEOUT_MS), '-o', results);

/** The checks of a scenario; the suite names the folder server-{scenario}-{time}. */
function checks(name) {
  const folder = readdirSync(results).find((entry) => /^-\d{4}-\d\d-\d\dT[\w-]+$/.test(entry.slice(`server-${name}`.length)) && entry.startsWith(`server-${name}-`));
  return folder ? JSON.parse(readFileSync(join(results, folder, 'checks.json'), 'utf8')) : [];
}

let passed = 0;
for (const [name, wanted] of Object.entries(named)) {
  const all = checks(name);
  const bad = all.filter((check) => check.status === 'FAILURE' || check.status === 'WARNING');
  const passes = bad.length === 0 && all.some((check) => check.status === 'SUCCESS');
  if (wanted === 'run') {
    if (passes) passed += 1;
    else {
      const why = bad.map((check) => `${check.id}: ${check.errorMessage ?? check.status}`);
      deviations.push(`${name} does not pass: ${why.join('; ') || 'no check succeeded'}`);
    }
  } else if (typeof wanted?.excluded !== 'string' || wanted.excluded === '') {
    deviations.push(`${name}: scenarios.json gives neither "run" nor a reason for its exclusion`);
  } else if (passes) {
    deviations.push(`${name} is excluded but passes: let it run`);
  }
}

const excluded = Object.keys(named).length - Object.values(named).filter((wanted) => wanted === 'run').length;
console.log(`conformance ${requirement}: ${passed} scenarios pass, ${excluded} are excluded (each with its reason)`);
if (deviations.length > 0) {
  if (readdirSync(results).length === 0) console.error(suiteRun.stdout, suiteRun.stderr);
  fail(`${deviations.length} deviations from scenarios.json (details in ${results})\n  ${deviations.join('\n  ')}`);
}
rmSync(results, { recursive: true });
