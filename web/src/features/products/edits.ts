import type { Product } from "@/lib/api/types";
import type { Edits } from "./api";

/** What a person may write, in the order of the form. */
export const EDITABLE = ["title", "brand", "category", "mpn", "sku", "gtin", "image_url", "description"] as const;
export type Editable = (typeof EDITABLE)[number];
/** How long each may be, as the contract has it. */
export const LONGEST: Record<Editable, number> = { title: 500, brand: 200, category: 1000, mpn: 128, sku: 128, gtin: 14, image_url: 2048, description: 32_000 };
/** Of those, the ones that offers change unless they are locked. */
export const LOCKABLE = ["title", "description", "brand", "category", "mpn", "image_url"] as const;
export type Values = Record<Editable, string>;

export const valuesOf = (product: Product): Values => Object.fromEntries(EDITABLE.map((field) => [field, product[field] ?? ""])) as Values;

/** A barcode as the catalogue writes it: 14 digits with zeros in front. */
const normal = (field: Editable, value: string) => (field === "gtin" && /^\d{1,13}$/.test(value.trim()) ? value.trim().padStart(14, "0") : value);

/** The fields that say something else than what was loaded. */
export function editsOf(loaded: Product, values: Values): Edits {
  const before = valuesOf(loaded);
  return Object.fromEntries(EDITABLE.filter((field) => normal(field, values[field]) !== before[field]).map((field) => [field, normal(field, values[field])]));
}

export type Conflict = { field: Editable; mine: string; theirs: string };

/** Where somebody else wrote meanwhile what was edited here, too. */
export function conflictsOf(loaded: Product, theirs: Product, edits: Edits): Conflict[] {
  return EDITABLE.filter((field) => field in edits && theirs[field] !== loaded[field] && theirs[field] !== edits[field]).map((field) => ({
    field,
    mine: edits[field] ?? "",
    theirs: theirs[field] ?? "",
  }));
}
