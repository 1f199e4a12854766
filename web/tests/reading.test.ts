import { expect, test } from "vitest";
import { columnsOf, forScreens, reassigned, supplierIn } from "@/features/imports/reading";
import type { FieldMapping, FileLayout } from "@/lib/api/types";

const layout = {
  columns: ["Art.", "Preis", "Notiz"],
  sample: [{ cells: ["A1", "1,20", ""] }, { cells: ["A1", "1,30"] }],
} as unknown as FileLayout;
const mapping = {
  fields: [
    { field: "ref", column: "Art.", confidence: 0.9, why: "header" },
    { field: "price", column: "Preis", confidence: 0.8, why: "values" },
    { field: "currency", column: "Preis", confidence: 0.5, why: "sign" },
  ],
} as FieldMapping;

test("columns come in the order of the file, with what they feed and values that say something", () => {
  expect(columnsOf(layout, mapping).map(({ name, samples, fields, confidence }) => ({ name, samples, fields, confidence }))).toEqual([
    { name: "Art.", samples: ["A1"], fields: ["ref"], confidence: 0.9 },
    { name: "Preis", samples: ["1,20", "1,30"], fields: ["price", "currency"], confidence: 0.8 },
    { name: "Notiz", samples: [], fields: [], confidence: undefined },
  ]);
});

test("a column that is given to another field releases those it fed", () => {
  const price = columnsOf(layout, mapping)[1]!;
  expect(reassigned(price, "list_price")).toEqual({ price: "", currency: "", list_price: "Preis" });
  expect(reassigned(price, "price")).toEqual({ currency: "", price: "Preis" });
  expect(reassigned(price, "")).toEqual({ price: "", currency: "" });
});

test("what a doubt says of the command's options is not for screens", () => {
  expect(forScreens("They are read as EUR. Say --currency if it is another.")).toEqual({ text: "They are read as EUR.", isShorter: true });
  expect(forScreens("Rows 3--5 differ. Accept it.")).toEqual({ text: "Rows 3--5 differ. Accept it.", isShorter: false });
});

test("the supplier in a file's name is the longest one that is known", () => {
  expect(supplierIn("Nordwind_Pricelist-2026.csv", ["Nord", "Nordwind", "Süd"])).toBe("Nordwind");
  expect(supplierIn("prices.csv", ["Nordwind", "—"])).toBe("");
});
