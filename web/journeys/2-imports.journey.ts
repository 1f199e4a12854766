import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { Api } from "./api";
import { expectAccessible, shot, signedIn, withBrowser } from "./browser";

const fixture = (name: string) => readFileSync(new URL(`../../tests/fixtures/${name}`, import.meta.url));
const sample = (name: string) => readFileSync(new URL(`../../cli/productsmanager/samples/${name}`, import.meta.url));
/** Prices with a comma in a file of commas: more cells than columns, which holds. */
const UNSURE = `sku,name,price\n${Array.from({ length: 8 }, (_, at) => `CC-${at},Candle ${at} cm,${at},50`).join("\n")}\n`;

withBrowser();

const state = (page: Page, name: string) => page.locator(`[data-state=${name}]`).waitFor();
const count = async (page: Page, attribute: string) => Number((await page.locator(attribute).first().textContent())?.replace(/\D/g, ""));

async function drop(page: Page, name: string, content: Buffer | string, supplier: string) {
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
  await page.getByLabel("Whose list is it?").fill(supplier);
  await page.getByRole("button", { name: "Upload", exact: true }).click();
}

describe("imports", () => {
  test("from a dropped file to a ledger that balances, with a column given to another field on the way", async () => {
    const { page } = await signedIn("/imports");
    await drop(page, "french.csv", fixture("french_cp1252.csv"), "Thé & Cie");
    await state(page, "planned");
    await page.getByText("Théière", { exact: false }).first().waitFor();
    const brand = page.getByLabel("What Marque is read as");
    expect(await brand.inputValue()).toBe("brand");
    await brand.selectOption("");
    await page.waitForFunction(() => !document.querySelector("[data-state=planned]"));
    await state(page, "planned");
    expect(await brand.inputValue()).toBe("");
    expect(await count(page, "[data-plan=created]")).toBe(10);
    await shot(page, "import-planned");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Apply this plan" }).click();
    await state(page, "applied");
    const [read, ...outcomes] = await Promise.all(["read", "created", "updated", "unchanged", "rejected", "skipped"].map((name) => count(page, `[data-count=${name}]`)));
    expect(read).toBe(10);
    expect(outcomes.reduce((sum, one) => sum + one, 0)).toBe(read);
    await page.context().close();
  });

  test("a dirty file says by cause what was not taken in, and is downloaded", async () => {
    const { page } = await signedIn("/imports");
    await drop(page, "dirty.csv", fixture("dirty_numbers.csv"), "Dirty");
    await page.locator("[data-state=planned], [data-state=held]").first().waitFor();
    await page.getByRole("button", { name: /^Problems/ }).click();
    await page.getByRole("button", { name: /price can’t be read/ }).click();
    await page.getByRole("region", { name: "Problems" }).getByText("on request").waitFor();
    await shot(page, "import-problems");
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download as CSV" }).click()]);
    expect(file.suggestedFilename()).toBe("dirty.csv-problems.csv");
    await page.getByRole("button", { name: "Discard" }).click();
    await state(page, "cancelled");
    await page.context().close();
  });

  test("what holds is accepted in the inbox, and live: nobody reloads", async () => {
    const { page } = await signedIn("/inbox");
    await page.getByText("Nothing waits for you.").waitFor();
    await page.locator("[data-live=live]").waitFor();
    const api = await Api.signIn();
    await api.upload("candles.csv", UNSURE, "Candles");
    const held = page.getByRole("article", { name: "candles.csv" });
    await held.waitFor();
    const apply = held.getByRole("button", { name: "Apply this plan" });
    expect(await apply.isDisabled()).toBe(true);
    await shot(page, "inbox-held");
    await expectAccessible(page);
    await held.getByRole("button", { name: "It is meant so" }).click();
    await apply.click();
    await page.getByText("Nothing waits for you.").waitFor();
    await page.context().close();
  });

  test("a large file is followed, paused, resumed and given up in the middle, and its ledger balances", async () => {
    const { page } = await signedIn("/imports");
    const rows = Array.from({ length: 100_000 }, (_, at) => `L-${at};Screw ${at} zinc;${(at % 900) + 1}.${(at % 90) + 10};${at % 50}`);
    await drop(page, "large.csv", `sku;name;price;stock\n${rows.join("\n")}\n`, "Large");
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await state(page, "paused");
    await page.getByRole("button", { name: "Go on" }).click();
    await state(page, "planned");
    const table = page.getByRole("region", { name: "new" });
    await table.getByText("L-3", { exact: true }).waitFor();
    // Only what is in sight is in the document.
    expect(await table.locator("tbody tr").count()).toBeLessThan(60);
    await table.evaluate((element) => element.scrollTo(0, 36 * 5_000));
    await table.locator("tr[aria-rowindex]").filter({ hasText: /L-\d{3,}/ }).first().waitFor();
    await page.getByRole("button", { name: "Apply this plan" }).click();
    await page.getByRole("progressbar").waitFor();
    await page.getByText(/a second/).waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await state(page, "cancelled");
    await page.waitForFunction(() => {
      const of = (name: string) => Number(document.querySelector(`[data-count=${name}]`)?.textContent?.replace(/\D/g, ""));
      return of("skipped") > 0 && of("read") === ["created", "updated", "unchanged", "rejected", "skipped"].map(of).reduce((sum, one) => sum + one, 0);
    });
    await page.context().close();
  });

  test("a cell of ten megabytes and markup in a header are shown as text, cut where they are long", async () => {
    const { page } = await signedIn("/imports");
    const rows = Array.from({ length: 6 }, (_, at) => `H-${at};Hostile ${at};${at === 0 ? "long ".repeat(2 * 1024 * 1024) : "<b>short</b>"};${at + 1}.50`);
    await drop(page, "hostile.csv", `sku;name;<img src=x onerror=alert(1)>;price\n${rows.join("\n")}\n`, "\u202eHostile <script>alert(1)</script>");
    await page.locator("[data-state=planned], [data-state=held], [data-state=failed]").first().waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    expect((await page.locator("main").innerHTML()).length).toBeLessThan(200_000);
    await page.context().close();
  });

  test("the stream is closed while nobody looks, and goes on from the last event", async () => {
    const { page } = await signedIn("/jobs");
    await page.locator("[data-live=live]").waitFor();
    const show = (isSeen: boolean) =>
      page.evaluate((seen) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (seen ? "visible" : "hidden") });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isSeen);
    await show(false);
    await page.locator("[data-live=closed]").waitFor();
    const api = await Api.signIn();
    const { id } = await api.upload("unseen.csv", UNSURE, "Unseen");
    const [request] = await Promise.all([page.waitForRequest(/api\/v1\/live/), show(true)]);
    expect(request.headers()["last-event-id"]).toBeTruthy();
    await page.locator(`[data-job="${id}"]`).waitFor();
    await page.getByRole("button", { name: "Cancel: unseen.csv" }).click();
    await page.locator(`[data-job="${id}"]`).getByText("cancelled").waitFor();
    await page.context().close();
  });

  test("a connection that is lost loses no file", async () => {
    const watched = await signedIn("/imports");
    const { page } = watched;
    // The code of the next page may be missing, too: it is loaded anew.
    watched.expect(/ERR_INTERNET_DISCONNECTED|Failed to fetch|Loading chunk/);
    await page.context().setOffline(true);
    await drop(page, "market.csv", sample("nordwind_pricelist.csv"), "Nordwind");
    await page.getByText("The connection broke off").waitFor();
    await page.context().setOffline(false);
    await page.locator("[data-state=planned], [data-state=held]").first().waitFor();
    await page.getByRole("button", { name: "Apply this plan" }).click();
    await state(page, "applied");
    await page.context().close();
  });

  test("a page whose code did not come is loaded anew", async () => {
    const api = await Api.signIn();
    await api.upload("lost.csv", UNSURE, "Lost");
    const watched = await signedIn("/imports");
    const { page } = watched;
    watched.expect(/Loading chunk|ERR_INTERNET_DISCONNECTED/);
    let lost = 0;
    await page.route(/_next\/static\/chunks\/.*\.js/, (route) => (lost++ < 1 ? route.abort("internetdisconnected") : route.continue()));
    await page.getByRole("link", { name: "lost.csv" }).first().click();
    await page.locator("[data-state=planned], [data-state=held]").first().waitFor();
    expect(lost).toBeGreaterThan(1);
    await page.context().close();
  });
});
