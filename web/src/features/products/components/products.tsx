"use client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import Link from "next/link";
import { useMemo } from "react";
import { type Columns, DataTable } from "@/components/data/data-table";
import { columnHelper } from "@/components/data/features";
import { ProblemNotice } from "@/components/data/problem-notice";
import { PageHeader } from "@/components/layout/page-header";
import { Input, Select } from "@/components/ui/input";
import type { Product } from "@/lib/api/types";
import { useAmount } from "@/lib/i18n/use-amount";
import { useWords } from "@/lib/i18n/use-words";
import { paths } from "@/lib/paths";
import { useMay } from "@/lib/session/use-session";
import { facetsQuery, productsQuery, SORTS } from "../api";
import { useFilter } from "../use-filter";
import { Facets } from "./facets";

const column = columnHelper<Product>();

/** /products: the catalogue, searched as one types, filtered by facets with counts; all of it is in the address. */
export function Products() {
  const t = useTranslations("products");
  const words = useWords();
  const format = useFormatter();
  const amount = useAmount();
  const may = useMay();
  const { filter, set, typed, type, clear, isFiltered } = useFilter();
  const list = useInfiniteQuery(productsQuery(filter));
  const facets = useQuery({ ...facetsQuery(filter), enabled: list.isSuccess });
  const first = list.data?.pages[0];
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.hits.flatMap((hit) => hit.product ?? [])) ?? [], [list.data]);
  const seesPrices = may("catalog.prices.read");
  const columns = useMemo(
    () =>
      [
        column.accessor("gtin", { header: words("fields", "gtin"), size: 130 }),
        column.accessor("title", {
          header: words("fields", "title"),
          size: 280,
          cell: (cell) => (
            <Link prefetch={false} className="underline-offset-2 hover:underline" href={paths.product(cell.row.original.id)}>
              {cell.getValue() || t("untitled")}
            </Link>
          ),
        }),
        column.accessor("brand", { header: words("fields", "brand"), size: 110 }),
        column.accessor("category", { header: words("fields", "category"), size: 150 }),
        ...(seesPrices ? [column.display({ id: "price", header: words("fields", "price"), size: 100, cell: (cell) => amount(cell.row.original.price), meta: { numeric: true } })] : []),
        column.display({ id: "stock", header: words("fields", "stock"), size: 90, cell: (cell) => (cell.row.original.stock === undefined ? "–" : format.number(cell.row.original.stock)), meta: { numeric: true } }),
        column.accessor("offer_count", { header: t("offers"), size: 80, meta: { numeric: true } }),
      ] as Columns<Product>,
    [t, words, format, amount, seesPrices],
  );
  const total = first ? (first.total_capped ? (first.approximate_total ?? first.total) : first.total) : 0;
  return (
    <div className="grid h-[calc(100dvh-3rem)] min-h-96 grid-cols-[minmax(0,1fr)] grid-rows-[auto_auto_minmax(0,1fr)] gap-4">
      <PageHeader title={t("title")}>
        <p role="status" data-count className="text-sm text-muted-foreground">
          {first ? t(first.total_capped ? "about" : "count", { n: total }) : "…"}
          {isFiltered && (
            <button type="button" className="ml-3 underline" onClick={clear}>
              {t("clear")}
            </button>
          )}
        </p>
      </PageHeader>
      <div className="flex flex-wrap items-center gap-2">
        <Input type="search" aria-label={t("search")} placeholder={t("search")} value={typed} onChange={(event) => type(event.target.value)} className="max-w-md" />
        <Select aria-label={t("sort")} value={filter.sort} onChange={(event) => set({ sort: event.target.value as (typeof SORTS)[number] })} className="w-auto">
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(sort)}
            </option>
          ))}
        </Select>
        {first?.corrected_query && <span className="text-sm text-warn">{t("corrected", { query: first.corrected_query })}</span>}
      </div>
      <div className="grid min-h-0 grid-cols-[minmax(0,1fr)] gap-4 max-lg:grid-rows-[auto_minmax(0,1fr)] lg:grid-cols-[15rem_minmax(0,1fr)]">
        <Facets counts={facets.data?.facets ?? []} filter={filter} onChange={set} />
        {list.error ? (
          <ProblemNotice error={list.error} retry={() => void list.refetch()} />
        ) : (
          <DataTable<Product>
            label={t("title")}
            rows={rows}
            columns={columns}
            idOf={(row) => row.id}
            total={total}
            busy={list.isPending}
            more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
          />
        )}
      </div>
    </div>
  );
}
