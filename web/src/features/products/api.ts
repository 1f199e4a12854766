import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap, unwrapTagged } from "@/lib/api/client";
import { keys } from "@/lib/api/keys";
import type { Product } from "@/lib/api/types";

const PAGE = 200;
const CHANGES = 50;
export const SORTS = ["SORT_UNSPECIFIED", "SORT_NEWEST", "SORT_OLDEST", "SORT_CHANGED"] as const;
export type Filter = {
  query: string;
  brand_id?: string;
  category_id?: string;
  supplier_id?: string;
  in_stock?: boolean;
  sort: (typeof SORTS)[number];
};

export const productsQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: [...keys.products, "list", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/v1/products:search", { params: { query: { ...filter, page_size: PAGE, page_token: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_page_token || undefined,
    // Pages never change while one scrolls; comparing all of them at each arrival would cost more than the arrival.
    structuralSharing: false,
    placeholderData: keepPreviousData,
  });

/** Counts over all that match: asked for behind the hits, which are shown first. */
export const facetsQuery = (filter: Filter) =>
  queryOptions({
    queryKey: [...keys.products, "list", "facets", filter],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/products:search", {
          params: { query: { ...filter, without_hits: true, facets: ["FACET_BRAND", "FACET_CATEGORY", "FACET_SUPPLIER", "FACET_STOCK"] } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** A product with the tag that a change is held to. */
export type Tagged = { product: Product; etag: string };

export const getProduct = async (id: string, signal?: AbortSignal): Promise<Tagged> => {
  const { data, etag } = await unwrapTagged(api.GET("/api/v1/products/{id}", { params: { path: { id } }, signal }));
  return { product: data, etag };
};

export const productQuery = (id: string) => queryOptions({ queryKey: keys.product(id), queryFn: ({ signal }) => getProduct(id, signal), enabled: id !== "_" });

export const offersQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.product(id), "offers"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}/offers", { params: { path: { product_id: id }, query: { page_size: 100 } }, signal })),
    enabled: id !== "_",
  });

export const changesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.product(id), "changes"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/v1/products/{product_id}/changes", { params: { path: { product_id: id }, query: { page_size: CHANGES, page_token: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_page_token || undefined,
    enabled: id !== "_",
  });

export const suppliersQuery = queryOptions({
  queryKey: [...keys.suppliers, "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/suppliers", { params: { query: { page_size: 500 } }, signal })),
});

export type Edits = Partial<Pick<Product, "title" | "description" | "brand" | "category" | "mpn" | "image_url" | "sku" | "gtin" | "locked_fields">>;

/** Sends what was edited and nothing else; refused when the product is no longer what `etag` names. */
export async function saveProduct(id: string, edits: Edits, etag: string): Promise<Tagged> {
  const { data, etag: next } = await unwrapTagged(api.PATCH("/api/v1/products/{id}", { params: { path: { id }, header: { "If-Match": etag } }, body: edits }));
  return { product: data, etag: next };
}

export const trashProduct = (id: string) => unwrapTagged(api.DELETE("/api/v1/products/{id}", { params: { path: { id } } }));
export const restoreProduct = (id: string) => unwrapTagged(api.POST("/api/v1/products/{id}:restore", { params: { path: { id } }, body: { id } }));
