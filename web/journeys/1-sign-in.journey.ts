import { describe, expect, test } from "vitest";
import { expectAccessible, FIRST_PASSWORD, open, PASSWORD, person, signedIn, signIn, withBrowser } from "./browser";

withBrowser();

describe("sign-in", () => {
  test("the first password has to be changed, and a wrong one is told", async () => {
    const context = await person();
    const watched = await open(context, "/products");
    const { page } = watched;
    watched.expect(/status of (401|403).*auth\/login/);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectAccessible(page);
    await signIn(page, "admin", "not the password");
    await page.getByText("User name or password is wrong").waitFor();
    await signIn(page, "admin", FIRST_PASSWORD);
    await page.getByRole("heading", { name: "Choose your own password" }).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Present password").fill(FIRST_PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill("short");
    await page.getByLabel("New password, once more").fill("other");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("At least 12 characters").waitFor();
    await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password, once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Change the password" }).click();
    // The page that was asked for.
    await page.getByRole("heading", { name: "Products" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/products");
    await context.close();
  });

  test("a reload goes on, tabs agree, and signing out signs out of all of them", async () => {
    const { page } = await signedIn();
    let renewals = 0;
    page.on("request", (request) => void (request.url().endsWith("/auth/refresh") && renewals++));
    await page.reload();
    await page.getByRole("heading", { name: "What goes on" }).waitFor();
    await page.locator("[data-live=live]").waitFor();
    // However many calls a page makes at once.
    expect(renewals).toBe(1);
    const second = await open(page.context(), "/account");
    await second.page.getByRole("heading", { name: "admin" }).waitFor();
    await page.locator("[data-live=live], [data-live=closed]").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await second.page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });
});
