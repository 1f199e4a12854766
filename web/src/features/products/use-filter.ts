"use client";
import { debounce, parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { type Filter, SORTS } from "./api";

const SEARCH_MS = 150;
const PARSERS = {
  q: parseAsString.withDefault(""),
  brand: parseAsString,
  category: parseAsString,
  supplier: parseAsString,
  stock: parseAsBoolean,
  sort: parseAsStringLiteral(SORTS).withDefault("SORT_UNSPECIFIED"),
};
export type FilterChange = Partial<Omit<Filter, "query">>;

/** The filter as the address has it. What is typed is in the field at once, and asked for when the fingers rest. */
export function useFilter() {
  const [state, setState] = useQueryStates(PARSERS);
  const [typed, setTyped] = useState(state.q);
  const [query, setQuery] = useState(state.q);
  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed.trim()), SEARCH_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const asked = useDeferredValue(query);
  const filter = useMemo<Filter>(
    () => ({
      query: asked,
      brand_id: state.brand ?? undefined,
      category_id: state.category ?? undefined,
      supplier_id: state.supplier ?? undefined,
      in_stock: state.stock ?? undefined,
      sort: state.sort,
    }),
    [asked, state],
  );
  const type = (text: string) => {
    setTyped(text);
    void setState({ q: text || null }, { limitUrlUpdates: debounce(SEARCH_MS) });
  };
  const set = (change: FilterChange) =>
    void setState({
      ...("brand_id" in change && { brand: change.brand_id ?? null }),
      ...("category_id" in change && { category: change.category_id ?? null }),
      ...("supplier_id" in change && { supplier: change.supplier_id ?? null }),
      ...("in_stock" in change && { stock: change.in_stock ?? null }),
      ...("sort" in change && { sort: change.sort ?? null }),
    });
  const clear = () => {
    setTyped("");
    void setState(null);
  };
  const isFiltered = !!(typed || state.brand || state.category || state.supplier || state.stock !== null);
  return { filter, set, typed, type, clear, isFiltered };
}
