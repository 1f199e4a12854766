import { expect, test } from "vitest";
import en from "../messages/en.json";
import fr from "../messages/fr.json";

type Tree = { [key: string]: string | Tree };
const flat = (tree: Tree, prefix = ""): [string, string][] => Object.entries(tree).flatMap(([key, inner]): [string, string][] => (typeof inner === "string" ? [[prefix + key, inner]] : flat(inner, `${prefix}${key}.`)));
const ours = flat(en);
const theirs = new Map(flat(fr));
/** What is the same word in both languages, or no word at all. */
const SAME = new Set(["name", "navigation", "description", "stock", "version", "Sessions", "Stock", "Cause", "version {n}", "ProductsManager", "Pause", "Catalogue", "{share, number, percent}", "Table", "sessions", "stocks", "conflict"]);
const variables = (text: string) => [...text.matchAll(/{(\w+)[,}]/g)].map(([, name]) => name).toSorted();

test("both languages say the same things", () => {
  expect([...theirs.keys()].toSorted()).toEqual(ours.map(([key]) => key).toSorted());
});

test("nothing is left untranslated", () => {
  expect(ours.filter(([key, text]) => theirs.get(key) === text && !SAME.has(text)).map(([key, text]) => `${key}: ${text}`)).toEqual([]);
});

test("both take the same variables", () => {
  const plural = (text: string) => new Set(variables(text));
  expect(ours.filter(([key, text]) => [...plural(text)].join() !== [...plural(theirs.get(key) ?? "")].join()).map(([key]) => key)).toEqual([]);
});
