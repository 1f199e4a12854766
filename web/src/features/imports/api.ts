import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { keys } from "@/lib/api/keys";
import type { PlanRow } from "@/lib/api/types";

const PLAN_PAGE = 200;
const PROBLEM_PAGE = 500;
const SUPPLIERS = 500;
const RECENT = 50;

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: keys.import(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/imports/{id}", { params: { path: { id } }, signal })),
    enabled: id !== "_",
  });

/** The same as a job of any kind: it knows rate and remaining time. */
export const progressQuery = (id: string) =>
  queryOptions({ queryKey: keys.job(id), queryFn: ({ signal }) => unwrap(api.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal })) });

export const recentQuery = queryOptions({
  queryKey: [...keys.imports, "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/imports", { params: { query: { page_size: RECENT } }, signal })),
});

/** Whatever waits for a person. */
export const waitingQuery = queryOptions({
  queryKey: [...keys.jobs, "list", "waiting"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/jobs", { params: { query: { states: ["STATE_WAITING"], page_size: RECENT } }, signal })),
});

export const suppliersQuery = queryOptions({
  queryKey: [...keys.suppliers, "list"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/suppliers", { params: { query: { page_size: SUPPLIERS } }, signal })),
});

export type PlanFilter = { id: string; hash: string; runId: string; kind: NonNullable<PlanRow["kind"]> };

export const planQuery = ({ id, hash, runId, kind }: PlanFilter) =>
  infiniteQueryOptions({
    // A plan never changes: another one has another hash.
    queryKey: ["plans", id, hash, runId, kind],
    staleTime: Infinity,
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/imports/{job_id}/plan", {
          params: { path: { job_id: id }, query: { run_id: runId, kind, page_size: PLAN_PAGE, page_token: pageParam } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_page_token || undefined,
    structuralSharing: false,
  });

/** `reason`: only rows with it; "" for all. */
export const problemsQuery = (id: string, hash: string, reason: string) =>
  infiniteQueryOptions({
    queryKey: ["plans", id, hash, "problems", reason],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/v1/imports/{job_id}/problems", { params: { path: { job_id: id }, query: { reason, page_size: PROBLEM_PAGE, page_token: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_page_token || undefined,
    structuralSharing: false,
  });

export type Replan = { mapping?: Record<string, string>; accept?: string[]; currency?: string };

export const applyImport = (id: string, plan_hash: string, accept: string[]) =>
  unwrap(api.POST("/api/v1/imports/{id}:apply", { params: { path: { id } }, body: { id, plan_hash, accept } }));
export const replanImport = (id: string, { mapping = {}, accept = [], currency = "" }: Replan) =>
  unwrap(api.POST("/api/v1/imports/{id}:replan", { params: { path: { id } }, body: { id, mapping, accept, currency, auto_apply: false } }));

export type Decision = "pause" | "resume" | "cancel";
const DECISIONS = {
  pause: (id: string) => unwrap(api.POST("/api/v1/imports/{id}:pause", { params: { path: { id } }, body: { id } })),
  resume: (id: string) => unwrap(api.POST("/api/v1/imports/{id}:resume", { params: { path: { id } }, body: { id } })),
  cancel: (id: string) => unwrap(api.POST("/api/v1/imports/{id}:cancel", { params: { path: { id } }, body: { id } })),
};
export const decide = (id: string, decision: Decision) => DECISIONS[decision](id);
