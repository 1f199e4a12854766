"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "@/lib/api/keys";
import type { Import } from "@/lib/api/types";
import { useLiveStatus } from "@/lib/live/use-live";
import { applyImport, type Decision, decide, importQuery, type Replan, replanImport } from "./api";
import { isWorkedAt } from "./reading";

/** How often an import that goes on is looked at while nothing tells of it. */
const LOOK_MS = 2_000;

/** One import and what can be decided about it. */
export function useImport(id: string) {
  const client = useQueryClient();
  const isTold = useLiveStatus() === "live";
  const query = useQuery({ ...importQuery(id), refetchInterval: ({ state }) => (!isTold && state.data && isWorkedAt(state.data) ? LOOK_MS : false) });
  const show = (job: Import) => {
    client.setQueryData(keys.import(id), job);
    void client.invalidateQueries({ queryKey: [...keys.jobs, "list"] });
  };
  // Whatever was refused, the import is not what was thought.
  const onError = () => client.invalidateQueries({ queryKey: keys.import(id) });
  const apply = useMutation({ mutationFn: ({ hash, accept }: { hash: string; accept: string[] }) => applyImport(id, hash, accept), onSuccess: show, onError });
  const replan = useMutation({ mutationFn: (changes: Replan) => replanImport(id, changes), onSuccess: show, onError });
  const decision = useMutation({ mutationFn: (made: Decision) => decide(id, made), onSuccess: show, onError });
  return { query, job: query.data, apply, replan, decision };
}
