// The page: asks for the answers that the links below it give to anybody, and shows them.
// Whatever comes from the data is only ever set as text.
"use strict";

const $ = (id) => document.getElementById(id);
const dataset = document.querySelector('meta[name="nearcast-dataset"]').content;
const FORMATS = { json: "JSON", csv: "CSV", svg: "SVG chart" };
let asking = null;

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The address of the newest answer for an operation. */
function latest(answer, format, operation) {
  const query = operation ? `?${new URLSearchParams({ operation })}` : "";
  return `/v/${encodeURIComponent(dataset)}/latest/${answer}.${format}${query}`;
}

/** An answer as JSON, or an error that says what to change. */
async function ask(answer, operation, signal) {
  let response;
  try {
    response = await fetch(latest(answer, "json", operation), { signal, headers: { accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer: check the connection and try again.");
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  const message = (body && (body.detail || body.title)) || `The server answered with status ${response.status}.`;
  throw Object.assign(new Error(message), { suggestions: (body && body.suggestions) || [] });
}

/** A link of a receipt as an address, if it is one that a browser should open. */
function address(link) {
  const url = new URL(link, location.origin);
  return url.protocol === "https:" || url.protocol === "http:" ? url : null;
}

/** A number of the answers: large ones come as text, to lose nothing. */
function number(value, scale = 0) {
  if (typeof value === "string") return value.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
  return value.toLocaleString("en", { maximumFractionDigits: scale, minimumFractionDigits: scale });
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages that do not come over https have no clipboard interface.
  const area = make("textarea", { value: text, className: "skip" });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("copying is not allowed here");
}

function copyButton(text, what) {
  const button = make("button", { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy ${what}`);
  button.addEventListener("click", async () => {
    let outcome = "Copied";
    await copy(text).catch(() => { outcome = "Not allowed"; });
    button.focus();
    button.textContent = outcome;
    $("status").textContent = `${outcome}: ${what}`;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

function showLinks(list, links, what) {
  const items = Object.entries(FORMATS).flatMap(([format, name]) => {
    const url = links[format] && address(links[format]);
    if (!url) return [];
    return [make("li", {}, make("a", { href: url.href, textContent: name }), copyButton(url.href, `link to the ${what} as ${name}`))];
  });
  list.replaceChildren(...items);
}

function showForecast(body) {
  const { receipt, forecast } = body;
  const image = $("chart");
  const last = forecast[forecast.length - 1];
  const { scale, unit, label } = receipt.measure;
  const level = last && last.bands.length ? `${last.bands[0].level}% sure to be` : "probably";
  image.alt = `Line chart of ${label}: history, forecast and ranges`;
  $("chart-caption").textContent = last
    ? `${number(last.estimate, scale)} ${unit} expected in the ${body.grain} of ${last.date}, ${level} between ${number(last.lower, scale)} and ${number(last.upper, scale)}.`
    : "";
  const url = address(receipt.links.svg);
  // The page may only load from its own host, whatever public address the links carry.
  if (url) image.src = $("chart-link").href = url.pathname + url.search;
  image.hidden = !url;
  showLinks($("forecast-links"), receipt.links, "forecast");
}

function showTop(body) {
  const { receipt, rows, total } = body;
  const { scale, unit, label } = receipt.measure;
  const share = (value) => (Number(total) > 0 && Number(value) >= 0 ? `${((100 * Number(value)) / Number(total)).toFixed(1)}%` : "");
  $("top-measure").textContent = label;
  $("top-caption").textContent = `${receipt.period.from} to ${receipt.period.to}, ${rows.length} of ${number(receipt.rows_total)}, total ${number(total, scale)} ${unit}`;
  $("top").tBodies[0].replaceChildren(...rows.map((row) => make("tr", {},
    make("td", { textContent: row.rank }),
    make("td", { textContent: row.name }),
    make("td", { className: "number", textContent: number(row.value, scale) }),
    make("td", { className: "number", textContent: share(row.value) }))));
  $("top").hidden = false;
  showLinks($("top-links"), receipt.links, "top products");
}

function showReceipt({ receipt }) {
  const matched = receipt.resolved.map((name) => `${name.dimension} ${name.matched.join(", ")}`);
  const parts = [receipt.title, `version ${receipt.version}`, `data to ${receipt.as_of}`, ...matched, ...receipt.notes];
  $("receipt").textContent = `Receipt: ${parts.join("; ")}.`;
}

function showError(error) {
  const message = make("p", { textContent: error.message });
  const tries = (error.suggestions || []).map((name) => {
    const button = make("button", { type: "button", textContent: name });
    button.addEventListener("click", () => { $("operation").value = name; show(); $("operation").focus(); });
    return button;
  });
  $("error").replaceChildren(message, ...tries);
  $("error").hidden = false;
}

async function show() {
  const operation = $("operation").value.trim();
  if (asking) asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const answers = document.querySelector(".answers");
  answers.classList.add("loading");
  $("error").hidden = true;
  $("status").textContent = "Asking…";
  const results = await Promise.allSettled([ask("forecast", operation, signal), ask("top", operation, signal)]);
  if (signal.aborted) return;
  const [forecast, top] = results;
  if (forecast.status === "fulfilled") showForecast(forecast.value);
  if (top.status === "fulfilled") { showTop(top.value); showReceipt(top.value); }
  const failed = results.find((result) => result.status === "rejected");
  if (failed) showError(failed.reason);
  // What is shown is what was asked: an answer that failed leaves nothing of the one before.
  if (forecast.status === "rejected") { $("chart").hidden = true; $("chart-link").removeAttribute("href"); $("chart-caption").textContent = ""; $("forecast-links").replaceChildren(); }
  if (top.status === "rejected") { $("top").hidden = true; $("top-links").replaceChildren(); $("receipt").textContent = ""; }
  $("status").textContent = failed ? "" : `Showing ${operation || "all operations"}`;
  answers.classList.remove("loading");
}

for (const code of document.querySelectorAll("[data-template]")) {
  code.textContent = code.dataset.template.replaceAll("{origin}", location.origin);
  const what = code.closest("details").querySelector("summary").textContent;
  code.closest(".snippet").append(copyButton(code.textContent, `settings for ${what}`));
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const operation = $("operation").value.trim();
  history.replaceState(null, "", operation ? `?${new URLSearchParams({ operation })}` : location.pathname);
  show();
});

$("operation").value = new URLSearchParams(location.search).get("operation") ?? (dataset === "demo" ? "Dallas" : "");
show();
