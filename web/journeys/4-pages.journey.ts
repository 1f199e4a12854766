import { describe, expect, test } from "vitest";
import { expectAccessible, shot, signedIn, withBrowser } from "./browser";

withBrowser();

describe("every page", () => {
  const PAGES = ["/", "/imports", "/inbox", "/jobs", "/products", "/account", "/nowhere"];

  test("in French, light and dark, wide and narrow: accessible and without an error", async () => {
    const watched = await signedIn("/", { locale: "fr-FR" });
    const { page } = watched;
    watched.expect(/status of 404.*nowhere/);
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
    for (const path of PAGES) {
      await page.goto(new URL(path, page.url()).href);
      await page.locator("main#main h1").waitFor();
      await page.locator(".animate-pulse").first().waitFor({ state: "detached" });
      for (const theme of ["light", "dark"]) {
        await page.evaluate((dark) => document.documentElement.classList.toggle("dark", dark), theme === "dark");
        await shot(page, `${path.slice(1) || "home"}-${theme}`);
        await expectAccessible(page);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    await page.getByRole("button", { name: "English" }).click();
    await page.locator("html[lang=en]").waitFor();
    await page.context().close();
  });

  test("the keyboard is enough to go anywhere", async () => {
    const { page } = await signedIn();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Go to…").fill("prod");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Products" }).waitFor();
    await page.context().close();
  });
});
