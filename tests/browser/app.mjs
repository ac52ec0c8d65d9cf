// Looks at the MCP App as a host shows it: `node app.mjs URL [FOLDER]`, the folder is for pictures. The host page speaks
// the handshake of MCP Apps, the app sits in a sandboxed frame of another origin under the policy that its resource asks
// for, and every tool's real answer is drawn. Exits as check.mjs does.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { faint, fits, keyboard, start } from "./look.mjs";

const [base, pictures] = process.argv.slice(2);
if (!base) {
  console.error("usage: node app.mjs URL [FOLDER]");
  process.exit(2);
}

const APP = "ui://nearcast/answer.html";
const HOST = "http://host.test/";
const VIEW = "http://view.test/";
const MIME = "text/html;profile=mcp-app";
const HOSTILE = `<script>alert(1)</script><img src=x onerror="window.hacked=1">\u202e"'&`;
const BYTES_MAX = 47_000;
const GRAPHIC_CONTRAST_MIN = 3;

// What is asked of each tool beside the example in its own description.
const ASKED = [
  ["compare_periods", { a: "2025-Q3" }],
  ["describe_data", {}],
  ["describe_data", { dimension: "product", limit: 40 }],
  ["fetch", { id: "doc:returns-policy#1" }],
  ["forecast_accuracy", {}],
  ["forecast_sales", { by: "category", horizon: "3 months" }],
  ["sales_trend", { by: "operation", grain: "month" }],
  ["sales_trend", { rolling: 3, profile: "month", decompose: true }],
  ["scenario", { planned: ["promotion:2026-11:+20%"], horizon: "6 months" }],
  ["search", { query: "coffee" }],
  ["segment_products", {}],
  ["top_n_products", { n: 40, measure: "revenue" }],
  ["track_target", { target: "+5%", period: "2026-Q4" }],
  ["top_n_products", { per: "operation", n: 3 }],
  ["top_n_products", { n: 8, period: "2026-Q3", against: "previous", explain: true }],
  ["top_n_products", { operation: "zzz" }],
];

const browser = await start();
if (pictures) mkdirSync(pictures, { recursive: true });
const failures = [];
let checks = 0;

const resource = (await rpc("resources/read", { uri: APP })).contents[0];
const html = resource.text;
const { tools } = await rpc("tools/list", {});
const questions = tools.map((tool) => [tool.name, JSON.parse(tool.description.split("Example: ")[1])]);
for (const [name, given] of ASKED) {
  // Words of a question that the tool does not take are no part of it.
  const known = tools.find((tool) => tool.name === name).inputSchema.properties;
  questions.push([name, Object.fromEntries(Object.entries(given).filter(([key]) => key in known))]);
}
const answers = [];
for (const [name, given] of questions) answers.push({ name, given, result: await rpc("tools/call", { name, arguments: given }) });

const say = checker("resource");
say(resource.mimeType === MIME && resource._meta?.ui, `it is ${resource.mimeType}, ${JSON.stringify(resource._meta)}`);
say(html.length <= BYTES_MAX, `it weighs ${html.length} bytes`);
say(tools.every((tool) => tool._meta?.ui?.resourceUri === APP), "a tool does not name it");
await Promise.all([look("light", 760), look("dark", 340), behaviour()]);
await browser.close();
for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(`${checks - failures.length} of ${checks} checks held`);
process.exit(failures.length ? 1 : 0);

function checker(where) {
  return (held, what) => {
    checks += 1;
    if (!held) failures.push(`${where}: ${what}`);
  };
}

/** Asks the server, as a host does for its model and for the app. */
async function rpc(method, params) {
  const response = await fetch(new URL("/mcp", base), {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const reply = await response.json();
  if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
  return reply.result;
}

/** A page with a host in it. `noise` is what went wrong, `requests` what went out. */
async function hosted(theme, width, scheme = theme) {
  const context = await browser.newContext({ viewport: { width, height: 2400 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const noise = [];
  const requests = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  page.on("dialog", (dialog) => { noise.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.route("**/*", (route) => {
    const url = route.request().url();
    if (url === HOST) return route.fulfill({ contentType: "text/html", body: hostPage(theme) });
    if (url === VIEW) return route.fulfill({ contentType: "text/html; charset=utf-8", headers: { "content-security-policy": policy() }, body: html });
    return route.abort();
  });
  await page.exposeFunction("callTool", (params) => rpc("tools/call", params));
  await page.goto(HOST);
  return { context, page, noise, requests };
}

/** The policy that a host makes of a resource without domains: the specification's words. */
function policy() {
  const csp = resource._meta?.ui?.csp ?? {};
  const outside = Object.values(csp).flat();
  checker("resource")(outside.length === 0, `it wants ${outside}`);
  return "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src 'self' data:; connect-src 'none'";
}

function hostPage(theme) {
  return `<!doctype html><html lang="en"><title>Host</title><body style="margin:0;background:${theme === "dark" ? "#000" : "#fff"}">
<button id="before">Before</button><div id="place"></div><button id="after">After</button><script>
const log = [];
let frame, state;
function show(given, result, extra) {
  log.length = 0;
  state = { given, result, extra };
  frame?.remove();
  frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.title = "Answer";
  frame.style = "width:100%;border:0;display:block;height:40px";
  frame.src = ${JSON.stringify(VIEW)};
  document.getElementById("place").append(frame);
}
function tell(method, params) { frame.contentWindow.postMessage({ jsonrpc: "2.0", method, params }, "*"); }
function request(id, method) { frame.contentWindow.postMessage({ jsonrpc: "2.0", id, method, params: {} }, "*"); }
addEventListener("message", async ({ source, data }) => {
  if (source !== frame?.contentWindow) return;
  log.push(data);
  const reply = (result) => source.postMessage({ jsonrpc: "2.0", id: data.id, result }, "*");
  if (data.method === "ui/initialize") {
    reply({ protocolVersion: "2026-01-26", hostInfo: { name: "test", version: "1" }, hostCapabilities: { openLinks: {}, serverTools: {}, ...state.extra?.capabilities },
      hostContext: { theme: ${JSON.stringify(theme)}, displayMode: "inline", containerDimensions: { maxHeight: 100000 }, ...state.extra?.context } });
  } else if (data.method === "ui/notifications/initialized") {
    tell("ui/notifications/tool-input", { arguments: state.given });
    tell("ui/notifications/tool-result", state.result);
  } else if (data.method === "ui/notifications/size-changed") {
    frame.style.height = data.params.height + "px";
  } else if (state.extra?.refuses && data.id !== undefined) {
    source.postMessage({ jsonrpc: "2.0", id: data.id, error: { code: -32000, message: "not allowed" } }, "*");
  } else if (data.method === "ui/open-link") {
    reply({});
  } else if (data.method === "tools/call") {
    reply(await callTool(data.params));
  }
});
</script></body></html>`;
}

/** Shows a result, and gives the frame when it is drawn. */
async function draw(page, given, result, extra) {
  await page.evaluate(([g, r, e]) => show(g, r, e), [given, result, extra]);
  const element = await page.waitForSelector("iframe");
  const frame = await element.contentFrame();
  await frame.waitForSelector("main[aria-busy=false]", { timeout: 10_000 });
  await page.waitForFunction(() => Math.abs(frame.getBoundingClientRect().height - (log.filter((m) => m.method?.endsWith("size-changed")).at(-1)?.params.height ?? -1)) < 1, null, { timeout: 5_000 }).catch(() => {});
  return frame;
}

async function look(theme, width) {
  // The host's word counts, not the system's.
  const { context, page, noise, requests } = await hosted(theme, width, theme === "dark" ? "light" : "dark");
  const titles = [];
  for (const [at, { name, given, result }] of answers.entries()) {
    const check = checker(`${name} ${JSON.stringify(given)}, ${theme} ${width} px`);
    const frame = await draw(page, given, result);
    const seen = await frame.evaluate(() => ({
      theme: document.documentElement.dataset.theme,
      h1: [...document.querySelectorAll("h1")].map((e) => e.textContent),
      notes: [...document.querySelectorAll(".notes li, .remarks li")].map((e) => e.textContent),
      charts: [...document.querySelectorAll("figure > svg")].map((e) => ({ label: e.getAttribute("aria-label"), shapes: e.querySelectorAll("path, rect, circle").length })),
      tables: [...document.querySelectorAll("table")].map((e) => ({ caption: e.caption?.textContent, rows: e.tBodies[0].rows.length, heads: e.querySelectorAll("th[scope=col]").length, cells: e.tBodies[0].rows[0]?.cells.length })),
      text: document.body.innerText,
      bad: /undefined|NaN|\[object/.exec(document.body.textContent.replace(document.querySelector("script").textContent, ""))?.[0],
      fallback: !!document.querySelector("main > .text"),
      nan: [...document.querySelectorAll("svg *")].some((e) => [...e.attributes].some((a) => /NaN|Infinity|undefined/.test(a.value))),
    }));
    titles.push(seen.h1[0]);
    const answer = result.structuredContent;
    check(seen.theme === theme, `the theme is ${seen.theme}`);
    check(seen.h1.length === 1 && seen.h1[0].length > 3, `the headings are ${JSON.stringify(seen.h1)}`);
    check(!seen.bad && !seen.nan, `it says ${seen.bad ?? "NaN in a chart"}`);
    check(result.isError ? seen.text.includes("no operation is called") : !!answer, "the error is not shown");
    if (answer?.receipt) {
      const charted = !["describe"].includes(answer.answer) && !(answer.answer === "accuracy" && !answer.record?.rows) && !(answer.answer === "anomalies" && !answer.findings.length);
      check((seen.charts.length > 0) === charted && seen.charts.every((c) => c.shapes > 2 && c.label.length > 20), `the charts are ${JSON.stringify(seen.charts)}`);
      const tabled = answer.answer !== "target" || !!answer.rows;
      check((seen.tables.length > 0) === tabled && seen.tables.every((t) => t.caption && t.rows > 0 && t.rows <= 15 && t.heads === t.cells), `the tables are ${JSON.stringify(seen.tables)}`);
      check(answer.receipt.notes.every((note) => seen.notes.includes(note)), `the notes are ${JSON.stringify(seen.notes)}`);
      check(seen.text.includes(answer.receipt.version) && seen.text.includes(answer.receipt.as_of), "the receipt is missing");
      check(!seen.fallback, "it is drawn as text");
    }
    check(await fits(frame), "it scrolls sideways");
    for (const pair of await faint(frame)) check(false, `faint text: ${pair}`);
    for (const pair of await pale(frame)) check(false, `faint graphic: ${pair}`);
    const nameless = await frame.$$eval("button, a, svg[role=img], [role=region], summary, ul.notes, footer", (list) =>
      list.filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim())).map((e) => e.outerHTML.slice(0, 60)));
    check(nameless.length === 0, `without a name: ${nameless}`);
    if (pictures) await (await page.$("iframe")).screenshot({ path: join(pictures, `app-${String(at).padStart(2, "0")}-${name}-${width}-${theme}.png`) });
    if (theme === "light") {
      await page.focus("#before");
      await keyboard(page, check, frame);
    }
  }
  const check = checker(`${theme} ${width} px`);
  check(noise.length === 0, `the console says ${[...new Set(noise)].join("; ")}`);
  const others = requests.filter((url) => url !== HOST && url !== VIEW);
  check(others.length === 0, `it calls ${others.join(", ")}`);
  await context.close();
}

/** Lines, bars and words of charts that are too like the page. */
function pale(frame) {
  return frame.evaluate((least) => {
    const light = (color) => color.match(/[\d.]+/g).slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const page = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll("svg .line, svg .bar, svg .mark, svg text")].map((e) => {
      const style = getComputedStyle(e);
      const isText = e.tagName === "text";
      const [a, b] = [light(isText || e.matches(".bar") ? style.fill : style.stroke), page].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), isText ? 4.5 : least, e.getAttribute("class")];
    }).filter(([contrast, wanted]) => contrast < wanted).map(([contrast, , name]) => `${contrast.toFixed(2)} for ${name}`);
  }, GRAPHIC_CONTRAST_MIN);
}

/** The handshake, links, more rows, hostile names, very many rows, and hosts that can less. */
async function behaviour() {
  const check = checker("behaviour");
  const { context, page, noise, requests } = await hosted("light", 760);
  const top = answers.find((a) => a.name === "top_n_products" && !a.result.isError);
  const log = () => page.evaluate(() => log);

  // The order of the handshake, and what is said in it.
  let frame = await draw(page, top.given, top.result);
  const [hello, ready] = await log();
  check(hello.method === "ui/initialize" && hello.id !== undefined && hello.params.protocolVersion === "2026-01-26"
    && hello.params.appInfo.name && hello.params.appCapabilities.availableDisplayModes.includes("inline"), `it begins with ${JSON.stringify(hello)}`);
  check(ready.method === "ui/notifications/initialized" || ready.method === "ui/notifications/size-changed", `then it says ${JSON.stringify(ready)}`);
  const size = (await log()).filter((m) => m.method === "ui/notifications/size-changed").at(-1).params;
  check(size.height > 200 && size.width > 300, `its size is ${JSON.stringify(size)}`);
  await page.evaluate(() => { request(77, "ui/resource-teardown"); request(78, "ping"); request(79, "other/thing"); });
  await page.waitForFunction(() => log.some((m) => m.id === 79));
  const replies = (await log()).filter((m) => m.id >= 77);
  check(JSON.stringify(replies.map((m) => m.result ?? m.error.code)) === "[{},{},-32601]", `it replies ${JSON.stringify(replies)}`);

  // The host's theme may change while it is shown.
  await page.evaluate(() => tell("ui/notifications/host-context-changed", { theme: "dark", styles: { variables: { "--color-text-primary": "#fefefe" } } }));
  await frame.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  const dark = await frame.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
  check(dark[0] !== "rgb(255, 255, 255)" && dark[1] === "rgb(254, 254, 254)", `dark is ${dark}`);

  // A link that has an origin is opened by the host.
  const linked = structuredClone(top.result);
  linked.structuredContent.receipt.links = { json: "/v/demo/x/top.json", csv: "https://sales.example.com/v/demo/x/top.csv", svg: "javascript:alert(1)" };
  frame = await draw(page, top.given, linked);
  check((await frame.$$("a")).length === 1, "a link that is none is shown");
  await frame.click("a");
  await page.waitForFunction(() => log.some((m) => m.method === "ui/open-link"));
  check((await log()).find((m) => m.method === "ui/open-link").params.url === "https://sales.example.com/v/demo/x/top.csv", "another link was opened");

  // What the host refuses is said, with the address.
  frame = await draw(page, top.given, linked, { refuses: true });
  await frame.click("a");
  await frame.waitForSelector("[role=alert]");
  check((await frame.textContent("[role=alert]")).includes("https://sales.example.com/v/demo/x/top.csv"), "a refused link is not said");

  // Sums beyond what a double holds keep their digits.
  const exact = structuredClone(top.result);
  Object.assign(exact.structuredContent.rows[0], { value: "9007199254740993", share: 0.5 });
  frame = await draw(page, top.given, exact);
  check((await frame.textContent("tbody tr")).includes("9,007,199,254,740,993"), "digits of a large sum are lost");

  // Notes that do not change the meaning come after the answer; an explanation is folded beneath it.
  const told = structuredClone(top.result);
  Object.assign(told.structuredContent.receipt, { notes: ["a caveat", "a remark"], caveats: 1 });
  told.structuredContent.explain = { sql: [{ about: "the total", query: "select 1" }], bytes: 9 };
  frame = await draw(page, top.given, told);
  const order = await frame.evaluate(() => [".notes", "table", ".remarks", "details", "footer"].map((s) => [...document.querySelectorAll("main *")].indexOf(document.querySelector(s))));
  check(order.every((at) => at >= 0) && order[0] < order[1] && order[1] < order[2] && order[2] < order[4] && order[3] < order[4], `the order is ${order}`);
  await frame.click("summary");
  check((await frame.textContent("pre")).includes("-- the total\nselect 1"), "the SQL is not shown");

  // A host that names no theme leaves it to the system.
  await page.emulateMedia({ colorScheme: "dark" });
  frame = await draw(page, top.given, top.result, { context: { theme: undefined } });
  check((await frame.evaluate(() => getComputedStyle(document.body).backgroundColor)) === "rgb(16, 23, 31)", "the system's dark mode is not followed");
  await page.emulateMedia({ colorScheme: "light" });

  // A found text is opened, and there is a way back.
  const found = answers.find((a) => a.name === "search");
  frame = await draw(page, found.given, found.result);
  const before = await frame.textContent("h1");
  await frame.focus(".list button");
  await page.keyboard.press("Enter");
  await frame.waitForFunction((title) => document.querySelector("h1").textContent !== title, before, { timeout: 5_000 }).catch(() => {});
  check((await frame.$(".text p, .text table")) !== null && (await frame.evaluate(() => document.activeElement.tagName)) === "H1", "a found text is not opened");
  await frame.click("text=Back");
  check((await frame.textContent("h1")) === before, "there is no way back");

  // More rows, through the host.
  const many = answers.find((a) => a.name === "describe_data" && a.given.dimension === "product");
  frame = await draw(page, many.given, many.result);
  const first = await frame.textContent("tbody tr");
  await frame.click("text=Next rows");
  await frame.waitForFunction((row) => document.querySelector("tbody tr").textContent !== row, first, { timeout: 5_000 }).catch(() => {});
  const asked = (await log()).find((m) => m.method === "tools/call");
  check(asked?.params.name === "describe_data" && asked.params.arguments.offset === 40 && asked.params.arguments.dimension === "product", `it asks ${JSON.stringify(asked)}`);
  check((await frame.textContent("tbody tr")) !== first, "the next rows do not come");
  frame = await draw(page, many.given, many.result, { capabilities: { serverTools: undefined, openLinks: undefined } });
  check((await frame.$("text=Next rows")) === null, "it offers what the host cannot do");

  // A hostile name stays text, everywhere.
  const kinds = new Map(answers.filter((a) => a.result.structuredContent).map((a) => [a.name, a]));
  for (const { name, given, result } of kinds.values()) {
    const spoilt = JSON.parse(JSON.stringify(result), (key, value) => (["name", "title", "label", "text", "known", "reason"].includes(key) && typeof value === "string" && value !== "text" ? HOSTILE : value));
    spoilt.content = result.content;
    if (spoilt.structuredContent.receipt) spoilt.structuredContent.receipt.notes = [HOSTILE, "x".repeat(400)];
    frame = await draw(page, given, spoilt);
    const shown = await frame.evaluate(() => [document.body.textContent.includes("<script>alert(1)"), document.querySelectorAll("main script, main img").length, window.hacked]);
    check(shown[0] && shown[1] === 0 && shown[2] === undefined, `${name}: a hostile name is shown as ${JSON.stringify(shown)}`);
    check(await fits(frame), `${name}: a long name makes it scroll sideways`);
  }

  // Ten thousand rows.
  const huge = structuredClone(top.result);
  const row = huge.structuredContent.rows[0];
  huge.structuredContent.rows = Array.from({ length: 10_000 }, (_, i) => ({ ...row, rank: i + 1, name: `Product ${i + 1}`, value: 10_000 - i }));
  frame = await draw(page, top.given, huge);
  check((await frame.$$("tbody tr")).length === 15, "it shows all rows at once");
  await frame.focus(".table > button");
  await page.keyboard.press("Enter");
  await frame.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10_000, null, { timeout: 20_000 }).catch(() => {});
  const all = await frame.evaluate(() => [document.querySelectorAll("tbody tr").length, document.querySelector(".table > button").getAttribute("aria-expanded"), document.documentElement.getBoundingClientRect().height < 3_000, document.getElementById("status").textContent]);
  check(all[0] === 10_000 && all[1] === "true" && all[2] && all[3].includes("10000"), `of 10,000 rows it shows ${JSON.stringify(all)}`);
  await page.keyboard.press("Enter");
  check((await frame.$$("tbody tr")).length === 15, "it does not go back to 15 rows");

  // An answer of a kind that is not known yet, one without content, and a question that was cancelled.
  frame = await draw(page, {}, { content: [{ type: "text", text: "**Something** new.\n\n| A | B |\n|---|--:|\n| x &lt; y | 1 |" }], structuredContent: { answer: "novel", receipt: top.result.structuredContent.receipt } });
  check((await frame.textContent("td, th[scope=row]")).includes("x < y"), "an answer that it does not know is not shown as text");
  frame = await draw(page, top.given, { content: [], structuredContent: top.result.structuredContent });
  check((await frame.$$("tbody tr")).length > 0, "without content nothing is shown");
  await page.evaluate(() => tell("ui/notifications/tool-cancelled", { reason: "by the user" }));
  await frame.waitForSelector("[role=alert]");
  check((await frame.textContent("[role=alert]")).includes("by the user"), "a cancelled question is not said");

  check(noise.length === 0, `the console says ${[...new Set(noise)].join("; ")}`);
  const others = requests.filter((url) => url !== HOST && url !== VIEW);
  check(others.length === 0, `it calls ${others.join(", ")}`);
  await context.close();
}
