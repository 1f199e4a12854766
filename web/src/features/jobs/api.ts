import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";
import { keys } from "@/lib/api/keys";
import type { Job } from "@/lib/api/types";

const PAGE = 100;
export type State = NonNullable<Job["state"]>;
/** What people ask for, as the states it means. */
export const VIEWS: Record<"all" | "going" | "waiting" | "ended" | "failed", State[]> = {
  all: [],
  going: ["STATE_QUEUED", "STATE_RUNNING"],
  waiting: ["STATE_WAITING", "STATE_PAUSED"],
  ended: ["STATE_DONE", "STATE_CANCELLED"],
  failed: ["STATE_FAILED"],
};
export type View = keyof typeof VIEWS;

export const jobsQuery = (view: View) =>
  infiniteQueryOptions({
    queryKey: [...keys.jobs, "list", view],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/v1/jobs", { params: { query: { states: VIEWS[view], page_size: PAGE, page_token: pageParam } }, signal })),
    getNextPageParam: (last) => last.next_page_token || undefined,
  });

export type Decision = "pause" | "resume" | "cancel" | "retry";
const DECISIONS = {
  pause: (id: string) => unwrap(api.POST("/api/v1/jobs/{id}:pause", { params: { path: { id } } })),
  resume: (id: string) => unwrap(api.POST("/api/v1/jobs/{id}:resume", { params: { path: { id } } })),
  cancel: (id: string) => unwrap(api.POST("/api/v1/jobs/{id}:cancel", { params: { path: { id } } })),
  retry: (id: string) => unwrap(api.POST("/api/v1/jobs/{id}:retry", { params: { path: { id } } })),
};
export const decide = ({ id, decision }: { id: string; decision: Decision }) => DECISIONS[decision](id);

/** What a job's state lets a person decide. */
export const possible: Record<State, Decision[]> = {
  STATE_UNSPECIFIED: [],
  STATE_QUEUED: ["pause", "cancel"],
  STATE_RUNNING: ["pause", "cancel"],
  STATE_WAITING: ["cancel"],
  STATE_PAUSED: ["resume", "cancel"],
  STATE_DONE: [],
  STATE_FAILED: ["retry"],
  STATE_CANCELLED: [],
};
