// Drives Chromium or Firefox over the console's pages; prints a line of JSON for each thing that it found out.
//
//     node browse.mjs BROWSER EXECUTABLE TOOLS CONSOLE NAME PASSWORD WHAT [DIR]
//
// BROWSER is `chromium` or `firefox`; Firefox is driven by WebDriver BiDi, which neither switches scripts off nor taps. TOOLS is
// a directory with puppeteer-core and axe-core. WHAT is `pages` (axe-core on every page, at two widths), `on-call` (from a link
// to a decision on a phone), `keyboard` (the same with keys alone), `plain` (the same without JavaScript), `live` (a page that
// changes by itself), or `pictures` (screenshots into DIR).
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [browserName, executablePath, tools, origin, name, password, what, dir] = process.argv.slice(2);
const require = createRequire(join(tools, "package.json"));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PAGES = [
  "/login", "/", "/destinations/shop/evil.example", "/reports?range=1h", "/sites", "/sites/shop", "/policy/shop", "/scripts/shop",
  "/releases/shop", "/evidence/shop", "/system", "/decisions", "/words", "/nothing",
];
// Pages to print, which have a frame of their own.
const TODAY = new Date().toISOString().slice(0, 10);
const PRINTED = [`/evidence/shop/pack?from=${TODAY}&to=${TODAY}`, "/destinations/shop/evil.example/report"];
const isFirefox = browserName === "firefox";
const SIZE = { width: 390, height: 844 };
const PHONE = isFirefox ? SIZE : { ...SIZE, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const DESK = { width: 1280, height: 900 };
const DESTINATION = "/destinations/shop/evil.example";

// Firefox calls it an error that a page is left while it waits for news, before the page learns that it is left.
const STREAM_LEFT = /\/events was interrupted while the page was loading|can’t establish a connection to the server at .*\/events\./;

// Pages to print have no icon, and their policy lets Firefox fetch none.
const NO_ICON = /\(img-src\) at \S+\/favicon\.ico because it violates/;

const say = (line) => console.log(JSON.stringify(line));

const browser = await puppeteer.launch({
  browser: isFirefox ? "firefox" : "chrome",
  executablePath,
  headless: true,
  defaultViewport: null,
  args: isFirefox ? [] : ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"],
});

async function open(viewport) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await resize(page, viewport);
  page.on("pageerror", (error) => {
    if (!STREAM_LEFT.test(String(error)) && !NO_ICON.test(String(error))) say({ fault: "script", text: String(error) });
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d|Failed to load resource/.test(message.text())) {
      say({ fault: "console", text: message.text(), at: page.url() });
    }
  });
  return page;
}

// Firefox 140 does not know the orientation, which puppeteer sets along with the size.
async function resize(page, viewport) {
  try {
    await page.setViewport(viewport);
  } catch (error) {
    if (!/unknown command emulation.setScreenOrientationOverride/.test(error.message)) throw error;
  }
  if (isFirefox) await until(page, (width) => innerWidth === width, viewport.width);
}

// Asks from outside: puppeteer's own waiting makes code of a text in Firefox, which the policy of the pages forbids.
async function until(page, isTrue, argument) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    // While the page changes, there is nothing to ask.
    if (await page.evaluate(isTrue, argument).catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within a minute: ${isTrue}`);
}

// Follows a link as somebody does who is not logged in, and logs in.
async function logIn(page, path = "/") {
  await page.goto(origin + path);
  await page.type("#name", name);
  await page.type("#password", password);
  await Promise.all([page.waitForNavigation(), page.click("main button[type=submit]")]);
}

async function pages() {
  // Firefox does not take the scheme of colours by WebDriver BiDi.
  const views = [[PHONE, "light"], [DESK, "light"], ...(isFirefox ? [] : [[DESK, "dark"]])];
  for (const [viewport, scheme] of views) {
    const page = await open(viewport);
    if (!isFirefox) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(`${origin}/login`);
    await check(page, viewport, "/login");
    await logIn(page);
    for (const path of PAGES.slice(1)) {
      await page.goto(origin + path);
      await check(page, viewport, path);
    }
    for (const path of PRINTED) {
      await page.goto(origin + path);
      say({ page: path, width: viewport.width, violations: [], ...(await fit(page)) });
      if (!isFirefox) await checkPrinted(page, viewport, path, scheme);
    }
    await page.browserContext().close();
  }
}

async function check(page, viewport, path) {
  // The policy of the pages lets no script in but their own: the tool goes around it.
  await page.evaluate(axe);
  for (const details of await page.$$("main details")) await details.evaluate((element) => (element.open = true));
  const { violations } = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
  const texts = violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" | ").slice(0, 400)}`);
  say({ page: path, width: viewport.width, violations: texts, ...(await fit(page)) });
}

// Its own policy lets nothing run there: a copy of it is looked at.
async function checkPrinted(page, viewport, path, scheme) {
  const content = await page.content();
  const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const isDark = back !== "rgb(255, 255, 255)";
  if (isDark !== (scheme === "dark")) say({ fault: "scheme", text: `${path} is ${back} where ${scheme} is preferred` });
  const copy = await page.browserContext().newPage();
  await copy.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await resize(copy, viewport);
  await copy.setContent(content.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ""));
  await check(copy, viewport, `${path} in ${scheme}`);
  await copy.close();
}

// Whether the page fits: by how much it is too wide, cells without the name of their column, and chips as wide as their cell.
async function fit(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const unnamed = await page.$$eval("td:not([data-name])", (cells) => cells.length);
  const stretched = await page.$$eval("td > .chip", (chips) =>
    chips.filter((chip) => {
      const text = document.createRange();
      text.selectNodeContents(chip);
      return chip.clientWidth > text.getBoundingClientRect().width + 40;
    }).length,
  );
  return { wide, unnamed, stretched };
}

// From the alert's link to the decision: every tap is counted.
async function onCall() {
  const page = await open(PHONE);
  const began = performance.now();
  let taps = 1; // the link in the alert
  const tap = async (selector) => {
    taps += 1;
    await (isFirefox ? page.click(selector) : page.tap(selector));
  };
  await page.goto(origin + DESTINATION);
  await page.type("#name", name);
  await page.type("#password", password);
  await Promise.all([page.waitForNavigation(), tap("main button[type=submit]")]);
  const firstScreen = await page.evaluate(() => {
    const isSeen = (selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return Boolean(box && box.height > 0 && box.bottom <= innerHeight);
    };
    return [".host", ".chips", ".answers", ".action.approve summary", ".action.theft summary"].filter((part) => !isSeen(part));
  });
  await tap(".action.approve summary");
  await page.type("#why-approve", "our new vendor");
  await Promise.all([page.waitForNavigation(), tap(".action.approve button")]);
  const decided = await page.$eval(".decided", (element) => element.innerText);
  say({ onCall: decided, taps, seconds: (performance.now() - began) / 1000, notOnTheFirstScreen: firstScreen });
}

async function keyboard() {
  const page = await open(DESK);
  const press = (key) => page.keyboard.press(key);
  await page.goto(origin + DESTINATION);
  await page.focus("#name");
  await page.keyboard.type(name);
  await press("Tab");
  await page.keyboard.type(password);
  await Promise.all([page.waitForNavigation(), press("Enter")]);
  // With the tabulator alone to the third action, each focus visible.
  let invisible = 0;
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await press("Tab");
      const [found, outline] = await page.evaluate(
        (wanted) => [document.activeElement.matches(wanted), getComputedStyle(document.activeElement).outlineStyle],
        selector,
      );
      if (outline === "none") invisible += 1;
      if (found) return;
    }
    say({ fault: "keyboard", text: `${selector} is not reached` });
  };
  await tabTo(".action.theft summary");
  await press("Enter");
  // The form that opens takes the focus to its reason.
  await page.waitForSelector("#why-theft:focus");
  await page.keyboard.type("a skimmer");
  await tabTo(".action.theft button");
  await Promise.all([page.waitForNavigation(), press("Enter")]);
  const decided = await page.$eval(".decided", (element) => element.innerText);
  await page.goto(`${origin}/decisions?by=${name}`);
  await tabTo(".filters button");
  await Promise.all([page.waitForNavigation(), press("Enter")]);
  const listed = (await page.$$("tbody tr")).length;
  say({ keyboard: decided, invisible, listed });
}

async function plain() {
  const page = await open(PHONE);
  await page.setJavaScriptEnabled(false);
  await logIn(page, DESTINATION);
  await page.click(".action.ignore summary");
  await page.type("#why-ignore", "an extension");
  await Promise.all([page.waitForNavigation(), page.click(".action.ignore button")]);
  const decided = await page.$eval(".decided", (element) => element.innerText);
  await page.goto(`${origin}/reports`);
  await page.type("#text", "evil");
  await Promise.all([page.waitForNavigation(), page.click(".filters button")]);
  const found = (await page.$$(".reports tbody tr")).length;
  await page.goto(`${origin}/decisions`);
  await page.select("#decision", "ignore");
  await Promise.all([page.waitForNavigation(), page.click(".filters button")]);
  const listed = await page.$eval("tbody", (element) => element.innerText);
  say({ plain: decided, found, listed });
}

async function live() {
  const page = await open(DESK);
  await logIn(page);
  await page.waitForSelector(".findings");
  say({ live: await page.$eval("h1", (element) => element.innerText) });
  // Somebody else decides meanwhile; the page shows it by itself.
  await until(page, () => document.querySelector("h1").innerText.startsWith("Nothing"));
  say({ live: await page.$eval("h1", (element) => element.innerText) });
}

async function pictures() {
  const views = [["light", DESK], ["dark", DESK], ["light", PHONE]];
  for (const [scheme, viewport] of views) {
    const page = await open(viewport);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(`${origin}/login`);
    const shoot = (file) =>
      page.screenshot({ path: join(dir, `${file}-${viewport === PHONE ? "phone" : scheme}.png`), fullPage: true });
    await shoot("login");
    await logIn(page);
    for (const path of PAGES.slice(1)) {
      await page.goto(origin + path);
      await shoot(path === "/" ? "now" : path.slice(1).replace(/\?.*/, "").replaceAll("/", "-"));
    }
    await page.browserContext().close();
  }
}

try {
  await { pages, "on-call": onCall, keyboard, plain, live, pictures }[what]();
} catch (error) {
  say({ fault: "error", text: String(error.stack) });
} finally {
  await browser.close();
}
