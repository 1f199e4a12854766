import { expect, test } from "vitest";
import { conflictsOf, editsOf, valuesOf } from "@/features/products/edits";
import type { Product } from "@/lib/api/types";

const loaded = { title: "Cup", brand: "Brevika", category: "", mpn: "", sku: "", gtin: "09520000010058", image_url: "", description: "White" } as Product;

test("only what was changed is sent", () => {
  expect(editsOf(loaded, { ...valuesOf(loaded), title: "Cup, white" })).toEqual({ title: "Cup, white" });
  expect(editsOf(loaded, valuesOf(loaded))).toEqual({});
});

test("a shorter barcode is the same as its long form", () => {
  expect(editsOf(loaded, { ...valuesOf(loaded), gtin: "9520000010058" })).toEqual({});
  expect(editsOf(loaded, { ...valuesOf(loaded), gtin: "9520000010065" })).toEqual({ gtin: "09520000010065" });
});

test("two people contradict each other only where both wrote something else", () => {
  const theirs = { ...loaded, title: "Espresso cup", brand: "Other" };
  expect(conflictsOf(loaded, theirs, { title: "Cup, white" })).toEqual([{ field: "title", mine: "Cup, white", theirs: "Espresso cup" }]);
  expect(conflictsOf(loaded, theirs, { title: "Espresso cup", description: "Blue" })).toEqual([]);
});
