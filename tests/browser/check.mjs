// Looks at the page as a person would, in headless Chromium: `node check.mjs URL [FOLDER]`, the folder is for pictures.
// Exits 0 when everything held, 1 with a line for each thing that did not, 2 when it could not look.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { faint, fits, keyboard, start } from "./look.mjs";

const [base, pictures] = process.argv.slice(2);
if (!base) {
  console.error("usage: node check.mjs URL [FOLDER]");
  process.exit(2);
}

const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\u202e"'&`;
const WIDTHS = [360, 1440];
const SCHEMES = ["light", "dark"];
const PAGE_BYTES_MAX = 30_000;

const browser = await start();
if (pictures) mkdirSync(pictures, { recursive: true });

const failures = [];
let checks = 0;
for (const width of WIDTHS) {
  for (const colorScheme of SCHEMES) {
    await look(width, colorScheme);
  }
}
await browser.close();
for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(`${checks - failures.length} of ${checks} checks held`);
process.exit(failures.length ? 1 : 0);

async function look(width, colorScheme) {
  const where = `${width} px ${colorScheme}`;
  const check = (held, what) => {
    checks += 1;
    if (!held) failures.push(`${where}: ${what}`);
  };
  const origin = new URL(base).origin;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const page = await context.newPage();
  const noise = [];
  const requests = [];
  const bodies = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  page.on("requestfailed", (request) => noise.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on("response", (response) => bodies.push(response));

  // The answers appear.
  const response = await page.goto(base, { waitUntil: "load" });
  check(response.status() === 200, `the page answers ${response.status()}`);
  const policy = response.headers()["content-security-policy"] ?? "";
  check(policy.includes("default-src 'none'") && !policy.includes("unsafe"), `the policy is ${policy || "missing"}`);
  await settle(page);
  check(await page.$eval("#chart", (image) => !image.hidden && image.naturalWidth > 0 && image.alt.length > 20), "no chart");
  const rows = await page.$$eval("#top tbody tr", (list) => list.map((row) => [...row.cells].map((cell) => cell.textContent)));
  check(rows.length > 0 && rows.every((cells) => cells.length === 4 && cells[1] && /\d/.test(cells[2])), `the table is ${JSON.stringify(rows)}`);
  check((await page.$$("#forecast-links a")).length === 3 && (await page.$$("#top-links a")).length === 3, "links are missing");
  check(noise.length === 0, `the console says ${noise.join("; ")}`);
  const bytes = await weight(bodies, origin);
  check(bytes > 0 && bytes <= PAGE_BYTES_MAX, `the page weighs ${bytes} bytes`);
  if (pictures) await page.screenshot({ path: join(pictures, `page-${width}-${colorScheme}.png`), fullPage: true });

  // It fits, and can be read.
  await page.$$eval("details", (list) => list.forEach((details) => { details.open = true; }));
  check(await fits(page), "it scrolls sideways");
  for (const pair of await faint(page)) check(false, `faint text: ${pair}`);
  checks += 1;
  const small = await page.$$eval("button, input", (list) => list.filter((e) => e.getBoundingClientRect().height < 44).length);
  check(small === 0, `${small} controls are lower than 44 px`);
  const titles = await page.$$eval("h1, h2", (list) => list.map((e) => e.tagName).join());
  check(titles.startsWith("H1,H2") && titles.lastIndexOf("H1") === 0, `headings are ${titles}`);
  check((await page.$$("main")).length === 1 && (await page.$("label[for=operation]")) !== null, "landmarks or labels are missing");

  await keyboard(page, check);
  await copies(page, check);
  await hostile(page, check);
  check(noise.length === 0, `the console says ${noise.join("; ")}`);
  await mistakes(page, check, noise);
  const others = requests.filter((url) => new URL(url).origin !== origin && !url.startsWith("data:"));
  check(others.length === 0, `it calls ${others.join(", ")}`);
  await context.close();
}

/** Waits until the answers are there or an error is. */
async function settle(page) {
  await page.waitForFunction(() => !document.querySelector(".loading") && (document.querySelector("#error:not([hidden])")
    || document.querySelector("#top tbody tr")), null, { timeout: 20_000 });
  await page.$eval("#chart", (image) => image.hidden || image.decode().catch(() => {}));
}

/** Bytes of what the page is made of: its own files, not the answers. */
async function weight(responses, origin) {
  let sum = 0;
  for (const response of responses) {
    const url = new URL(response.url());
    if (url.origin === origin && (url.pathname === "/" || url.pathname.startsWith("/static/"))) {
      sum += (await response.body().catch(() => Buffer.alloc(0))).length;
    }
  }
  return sum;
}

/** Copy buttons work by keyboard, say so, and copy what they promise. */
async function copies(page, check) {
  for (const [button, wanted] of [
    ["#forecast-links li:first-child button", () => page.$eval("#forecast-links li:first-child a", (a) => a.href)],
    ["#top-links li:last-child button", () => page.$eval("#top-links li:last-child a", (a) => a.href)],
    [".snippet button", () => page.$eval(".snippet code", (code) => code.textContent)],
  ]) {
    await page.focus(button);
    await page.keyboard.press("Enter");
    await page.waitForFunction((b) => document.querySelector(b).textContent === "Copied", button, { timeout: 3_000 }).catch(() => {});
    const said = await page.$eval(button, (b) => [b.textContent, document.activeElement === b, document.getElementById("status").textContent]);
    check(said[0] === "Copied" && said[1] && said[2].startsWith("Copied"), `${button} says ${JSON.stringify(said)}`);
    const [text, expected] = [await page.evaluate(() => navigator.clipboard.readText()), await wanted()];
    check(text === expected && text.includes(new URL(base).origin), `${button} copies ${JSON.stringify(text)}, not ${JSON.stringify(expected)}`);
  }
  const pinned = await page.$eval("#forecast-links a", (a) => a.pathname);
  check(/^\/v\/[^/]+\/[0-9a-f]{16}\/forecast\.json$/.test(pinned), `the link is not pinned: ${pinned}`);
}

/** A hostile product name is shown as it is written. */
async function hostile(page, check) {
  const isAnswer = (url) => /\/top\.json$/.test(url.pathname);
  await page.route(isAnswer, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    body.rows.forEach((row) => { row.name = HOSTILE; });
    body.receipt.title = HOSTILE;
    body.receipt.notes = [HOSTILE, "x".repeat(500)];
    await route.fulfill({ status: 200, contentType: "application/json", body: JSON.stringify(body) });
  });
  await page.click("form button");
  await page.waitForFunction(() => document.querySelector("#top tbody td:nth-child(2)")?.textContent.includes("onerror"), null, { timeout: 10_000 }).catch(() => {});
  const shown = await page.$eval("#top tbody td:nth-child(2)", (cell) => [cell.textContent, cell.children.length]);
  check(shown[0] === HOSTILE && shown[1] === 0, `a hostile name is shown as ${JSON.stringify(shown)}`);
  check((await page.evaluate(() => window.hacked)) === undefined, "a hostile name ran");
  check((await page.$$("#top script, #receipt *, #top img")).length === 0, "a hostile name became elements");
  check(await fits(page), "a long name makes the page scroll sideways");
  await page.unroute(isAnswer);
}

/** A name that is not there is answered in words, and a right one mends it. */
async function mistakes(page, check, noise) {
  const before = await page.$eval("#operation", (input) => input.value);
  await page.fill("#operation", "zzqx <b>");
  await page.press("#operation", "Enter");
  await settle(page);
  await page.waitForSelector("#error:not([hidden])", { timeout: 10_000 }).catch(() => {});
  const error = await page.$eval("#error", (e) => [e.hidden, e.textContent, e.querySelectorAll("b").length]);
  check(!error[0] && error[1].length > 10 && error[2] === 0, `an unknown operation is answered ${JSON.stringify(error)}`);
  check(await page.$eval("#top", (table) => table.hidden), "the table of the answer before stays");
  check(await fits(page), "an error makes the page scroll sideways");
  // The browser itself reports the 404s that were provoked here.
  const unexpected = noise.filter((line) => !/status of 40[04]/.test(line));
  check(unexpected.length === 0, `the console says ${unexpected.join("; ")}`);
  await page.fill("#operation", before);
  await page.press("#operation", "Enter");
  await page.waitForFunction(() => document.querySelector("#error").hidden && !document.querySelector("#top").hidden, null, { timeout: 10_000 }).catch(() => {});
  check(await page.$eval("#top", (table) => !table.hidden), "the page does not come back from an error");
}
