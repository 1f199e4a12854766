import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { keys } from "@/lib/api/keys";

const NEWEST = 8;

export const newestJobsQuery = queryOptions({
  queryKey: [...keys.jobs, "list", "newest"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/jobs", { params: { query: { page_size: NEWEST } }, signal })),
});

export const waitingJobsQuery = queryOptions({
  queryKey: [...keys.jobs, "list", "home", "waiting"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/jobs", { params: { query: { states: ["STATE_WAITING", "STATE_FAILED"], page_size: NEWEST } }, signal })),
});

export const catalogueQuery = queryOptions({
  queryKey: [...keys.products, "list", "home"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products:search", { params: { query: { without_hits: true, query: "" } }, signal })),
});
