import type { Doubt, FieldMapping, FileLayout, Import } from "@/lib/api/types";
import { clipped } from "@/lib/text";

export type Column = { name: string; samples: string[]; fields: string[]; confidence: number | undefined; why: string };

/** What a column may be; prices and stocks that a row has many of are written as `price[type=sale]`. */
export const FIELDS = [
  ...["supplier", "ref", "gtin", "title", "description", "brand", "category", "mpn", "image_url"],
  ...["price", "list_price", "price_unit", "currency", "stock", "pack_size", "our_sku", "tie_supplier", "tie_ref"],
] as const;
export const ENCODINGS = ["utf-8", "cp1252", "iso-8859-15", "cp1250", "iso-8859-2", "cp1251", "koi8-r", "cp1253", "cp1254", "cp850", "mac-roman", "utf-16"];
const SAMPLES = 3;

/** The columns in the order of the file, each with what it feeds and first values that say something. */
export function columnsOf(layout: FileLayout, mapping: FieldMapping): Column[] {
  return layout.columns.map((name, at) => {
    const choices = mapping.fields.filter((one) => one.column === name);
    const samples = [...new Set((layout.sample ?? []).map((row) => row.cells[at] ?? "").filter((cell) => cell.trim()))].slice(0, SAMPLES).map((cell) => clipped(cell));
    return { name, samples, fields: choices.map((one) => one.field), confidence: choices[0]?.confidence, why: choices[0]?.why ?? "" };
  });
}

/** What to say to the server so that `column` feeds `field` and nothing else; "" for no field. */
export function reassigned(column: Column, field: string): Record<string, string> {
  const released = Object.fromEntries(column.fields.filter((one) => one !== field).map((one) => [one, ""]));
  return field ? { ...released, [field]: column.name } : released;
}

/** Without the sentences that name options of the command: here people change what they see. */
export function forScreens(message: string): { text: string; isShorter: boolean } {
  const sentences = message.split(/(?<=[.!?])\s+/);
  const kept = sentences.filter((sentence) => !/(^|[\s(`'])--[a-z]/.test(sentence));
  return { text: kept.join(" "), isShorter: kept.length < sentences.length };
}

/** A reason that says no more than the doubts that are shown beside it. */
export const isSaidByDoubts = (reason: string, doubts: Doubt[]) => doubts.some((doubt) => doubt.holds && reason.includes(doubt.message));

export const holding = (doubts: Doubt[]) => doubts.filter((doubt) => doubt.holds && !doubt.accepted);

export const stateOf = (job: Pick<Import, "state">) => job.state.replace("STATE_", "").toLowerCase();

const WORKED_AT = new Set(["uploaded", "sniffed", "mapped", "applying"]);
/** Whether a worker has it, or will. */
export const isWorkedAt = (job: Import) => WORKED_AT.has(stateOf(job)) || (stateOf(job) === "planned" && job.auto_apply);
/** Whether the catalogue is as it was, and the file can be read another way. */
export const isOpen = (job: Import) => ["planned", "held", "stale"].includes(stateOf(job));

export const OUTCOMES = ["created", "updated", "unchanged", "rejected", "skipped"] as const;
export const BESIDE = ["vanished", "warnings", "products_created", "products_changed"] as const;

/** The supplier that a file's name speaks of, among those that are known: the longest name it holds. */
export function supplierIn(fileName: string, known: string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const name = plain(fileName);
  const found = known.filter((supplier) => plain(supplier) && name.includes(plain(supplier)));
  return found.sort((a, b) => b.length - a.length)[0] ?? "";
}
