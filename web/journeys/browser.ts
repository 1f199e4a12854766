import { mkdirSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";

export const URL_ = process.env.PM_WEB_URL ?? "http://127.0.0.1:8080";
export const FIRST_PASSWORD = process.env.PM_WEB_PASSWORD ?? "";
export const PASSWORD = "a sentence that is easy to remember";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SHOTS = new URL("../shots/", import.meta.url).pathname;
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

let browser: Browser;
const opened: Watched[] = [];

/** A page, and what went wrong on it that nobody expected. */
export class Watched {
  readonly problems: string[] = [];
  private expected: RegExp[] = [];

  constructor(readonly page: Page) {
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && this.note(`${message.type()}: ${message.text()} ${message.location().url}`));
    page.on("pageerror", (error) => this.note(`thrown: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.note(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(URL_) && !/^(data|blob):/.test(request.url())) this.note(`another host: ${request.url()}`);
    });
  }

  /** What belongs to the journey: a refused password is an error for the browser's console. */
  expect(...patterns: RegExp[]) {
    this.expected.push(...patterns);
  }

  private note(problem: string) {
    this.problems.push(problem);
  }

  get unexpected() {
    return this.problems.filter((problem) => !this.expected.some((pattern) => pattern.test(problem)));
  }
}

export function withBrowser() {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env.PM_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  });
  afterAll(async () => {
    await browser.close();
    expect(opened.flatMap((watched) => watched.unexpected)).toEqual([]);
  });
}

/** A new person: nothing is remembered of others. */
export async function person(options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-US", ...options });
  context.setDefaultTimeout(20_000);
  return context;
}

export async function open(context: Awaited<ReturnType<typeof person>>, path = "/") {
  const watched = new Watched(await context.newPage());
  opened.push(watched);
  await watched.page.goto(URL_ + path);
  return watched;
}

export async function signIn(page: Page, username = "admin", password = PASSWORD) {
  await page.locator("input[autocomplete=username]").fill(username);
  await page.locator("input[autocomplete=current-password]").fill(password);
  await page.getByRole("button", { name: /^(Sign in|Se connecter)$/ }).click();
}

/** Somebody who has signed in and looks at `path`. */
export async function signedIn(path = "/", options: BrowserContextOptions = {}, username = "admin", password = PASSWORD) {
  const context = await person(options);
  const watched = await open(context, path);
  await signIn(watched.page, username, password);
  await watched.page.locator("main#main h1").waitFor();
  return watched;
}

/** A picture of the whole page, for people: it is in no repository. */
export async function shot(page: Page, name: string) {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: true });
}

export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}
