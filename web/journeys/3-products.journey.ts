import { beforeAll, describe, expect, test } from "vitest";
import { Api } from "./api";
import { expectAccessible, open, PASSWORD, person, shot, signedIn, signIn, withBrowser } from "./browser";

withBrowser();

describe("products", () => {
  let id = "";
  const HOSTILE = '‮<img src=x onerror="alert(1)"> قهوة <script>alert(2)</script>';

  beforeAll(async () => {
    const api = await Api.signIn();
    const products = [{ product: { sku: "J-1", title: "Journey lamp", brand: "Brevika" } }, { product: { sku: "J-2", title: HOSTILE, description: HOSTILE } }];
    const { results } = await api.call<{ results: { product_id: string }[] }>("POST", "/products:batchUpsert", { products });
    id = results[0]?.product_id ?? "";
  });

  test("search as one types, facets with counts, and all of it in the address", async () => {
    const { page } = await signedIn("/products");
    await page.locator("[data-count]").filter({ hasText: /\d/ }).waitFor();
    await page.getByRole("searchbox").fill("Théière");
    await page.getByRole("status").filter({ hasText: "10 products" }).waitFor();
    await page.getByRole("complementary", { name: "Filters" }).getByRole("button", { name: /Thé & Cie/ }).click();
    await page.waitForURL(/supplier=.*q=|q=.*supplier=/);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Clear all filters" }).click();
    await page.getByRole("searchbox").fill("J-1");
    await page.getByRole("link", { name: "Journey lamp" }).click();
    await page.getByRole("heading", { name: "Journey lamp" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Journey lamp" }).waitFor();
    await page.context().close();
  });

  test("two people write the same field: both versions are shown, and one is chosen", async () => {
    const watched = await signedIn(`/products/${id}`);
    const { page } = watched;
    watched.expect(/status of 412/);
    await page.locator("[data-live=live]").waitFor();
    await page.getByLabel("title", { exact: true }).fill("Lamp of mine");
    const api = await Api.signIn();
    await api.call("PATCH", `/products/${id}`, { title: "Lamp of theirs", mpn: "M-77" });
    await page.getByRole("button", { name: "Save" }).click();
    const conflict = page.getByRole("alert", { name: /Somebody else changed/ });
    await conflict.getByText("Lamp of theirs").waitFor();
    await conflict.getByText("Lamp of mine").waitFor();
    await shot(page, "product-conflict");
    await expectAccessible(page);
    await conflict.getByRole("button", { name: "Keep yours" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Lamp of mine" }).waitFor();
    // What the other wrote elsewhere is kept.
    expect((await api.call<{ title: string; mpn: string }>("GET", `/products/${id}`)).mpn).toBe("M-77");
    await page.getByRole("button", { name: "Into the trash" }).click();
    await page.getByText("in the trash", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByRole("button", { name: "Into the trash" }).waitFor();
    await page.context().close();
  });

  test("what two people write in different fields is put together", async () => {
    const watched = await signedIn(`/products/${id}`);
    const { page } = watched;
    watched.expect(/status of 412/);
    await page.getByLabel("category", { exact: true }).fill("Lamps > Desk");
    const api = await Api.signIn();
    await api.call("PATCH", `/products/${id}`, { description: "Written by somebody else" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("region", { name: "Unsaved changes" }).waitFor({ state: "detached" });
    const now = await api.call<{ category: string; description: string }>("GET", `/products/${id}`);
    expect([now.category, now.description]).toEqual(["Lamps > Desk", "Written by somebody else"]);
    await page.context().close();
  });

  test("ten megabytes are not pasted into a description, and it is said why", async () => {
    const { page } = await signedIn(`/products/${id}`);
    const field = page.getByLabel("description", { exact: true });
    await field.fill("Typed before");
    await field.evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "x".repeat(10 * 1024 * 1024));
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    });
    await page.getByText("10,485,760 characters; 32,000 at most").waitFor();
    expect(await field.inputValue()).toBe("Typed before");
    await page.getByRole("button", { name: "Discard" }).click();
    await page.context().close();
  });

  test("a session that ends in the middle of a form loses nothing that was typed", async () => {
    const watched = await signedIn(`/products/${id}`);
    const { page } = watched;
    watched.expect(/status of 401/);
    await page.getByLabel("brand", { exact: true }).fill("Typed before the end");
    const api = await Api.signIn();
    await api.call("POST", "/me/sessions:end", { keep_current: true });
    // The token counts for seconds yet; then the live channel finds out.
    await page.getByRole("dialog").waitFor({ timeout: 40_000 });
    await page.getByRole("dialog").getByText("Your session has ended").waitFor();
    expect(await page.getByRole("dialog").getByLabel(/User name/).inputValue()).toBe("admin");
    await signIn(page);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.getByLabel("brand", { exact: true }).inputValue()).toBe("Typed before the end");
    const save = page.getByRole("button", { name: "Save" });
    if (await save.isVisible()) await save.click();
    await page.getByRole("region", { name: "Unsaved changes" }).waitFor({ state: "detached" });
    expect((await api.call<{ brand: string }>("GET", `/products/${id}`)).brand).toBe("Typed before the end");
    await page.context().close();
  });

  test("markup in a title from right to left is text", async () => {
    const { page } = await signedIn("/products?q=J-2");
    await page.getByRole("link", { name: /onerror/ }).click();
    await page.getByRole("heading", { name: /<script>/ }).waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    await page.context().close();
  });

  test("who may only look is shown nothing else", async () => {
    const api = await Api.signIn();
    await api.call("POST", "/users", { user: { username: "viewer", roles: ["viewer"] }, password: "a password for looking" });
    const context = await person();
    const { page } = await open(context, `/products/${id}`);
    await signIn(page, "viewer", "a password for looking");
    await page.getByLabel("Present password").fill("a password for looking");
    await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
    await page.getByLabel("New password, once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByRole("heading", { name: "Lamp of mine" }).waitFor();
    expect(await page.getByRole("button", { name: "Into the trash" }).count()).toBe(0);
    await context.close();
  });

  test("somebody else who signs in where a session ended sees nothing of it, in no tab", async () => {
    const watched = await signedIn(`/products/${id}`);
    const second = await open(watched.page.context(), "/account");
    for (const one of [watched, second]) one.expect(/status of 401/);
    await second.page.getByRole("heading", { name: "admin" }).waitFor();
    const api = await Api.signIn();
    await api.call("POST", "/me/sessions:end", { keep_current: true });
    await second.page.getByRole("dialog").waitFor({ timeout: 40_000 });
    await second.page.getByRole("dialog").locator("input[autocomplete=username]").fill("viewer");
    await second.page.getByRole("dialog").locator("input[autocomplete=current-password]").fill(PASSWORD);
    await second.page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
    await second.page.getByRole("heading", { name: "viewer" }).waitFor();
    await watched.page.locator("button[title=viewer]").waitFor({ timeout: 40_000 });
    expect(await watched.page.getByRole("button", { name: "Into the trash" }).count()).toBe(0);
    await watched.page.context().close();
  });
});
