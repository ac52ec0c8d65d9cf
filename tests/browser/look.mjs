// What both looks share: a headless Chromium, and what a person needs of anything that is shown.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const CONTRAST_MIN = 4.5;

/** Starts Chromium, or says what is missing and ends with 2. */
export async function start() {
  const executablePath = chromium();
  const { chromium: browserType } = await import("playwright-core").catch((error) => {
    console.error(`playwright-core is missing: run "npm ci" (${error.message})`);
    process.exit(2);
  });
  return browserType.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
}

function chromium() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = ["/usr/bin/chromium", ...folders.map((folder) => join(folder, "chromium"))].find(existsSync);
  if (!found) {
    console.error("Chromium is missing: run \"apt-get install -y chromium\"");
    process.exit(2);
  }
  return found;
}

export function fits(page) {
  return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
}

/** Texts whose contrast with what is behind them is too low. */
export function faint(page) {
  return page.evaluate((least) => {
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
      for (let e = element; e; e = e.parentElement) {
        const color = channels(getComputedStyle(e).backgroundColor);
        if (color.length === 3 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    return [...document.body.querySelectorAll("*")]
      .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
      .map((e) => {
        const [a, b] = [light(channels(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), e];
      })
      .filter(([contrast]) => contrast < least)
      .map(([contrast, e]) => `${contrast.toFixed(2)} for "${e.textContent.trim().slice(0, 30)}"`);
  }, CONTRAST_MIN);
}

/** Everything that can be used is reached by Tab, in order, and shows that it is. */
export async function keyboard(page, check, frame = page) {
  const usable = "a[href], button, input, summary, [tabindex='0']";
  await frame.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
  const wanted = await frame.$$eval(usable, (list) => list.filter((e) => e.checkVisibility()).length);
  const seen = [];
  for (let i = 0; i < wanted + 5; i += 1) {
    await page.keyboard.press("Tab");
    const at = await frame.evaluate((selector) => {
      const e = document.activeElement;
      if (!e || !e.matches(selector)) return null;
      const style = getComputedStyle(e);
      const name = e.getAttribute("aria-label") || e.textContent.trim() || e.querySelector("img")?.alt || e.labels?.[0]?.textContent || "";
      return { index: [...document.querySelectorAll(selector)].filter((other) => other.checkVisibility()).indexOf(e), name: name.trim(), outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
    }, usable);
    if (!at || seen.some((other) => other.index === at.index)) break;
    seen.push(at);
  }
  check(seen.length === wanted, `Tab reaches ${seen.length} of ${wanted} controls`);
  check(seen.every((at, i) => at.index === i), "Tab does not follow the page");
  check(seen.every((at) => at.outline), `no focus ring: ${seen.filter((at) => !at.outline).map((at) => at.name)}`);
  check(seen.every((at) => at.name), "a control has no name");
}
