"use client";
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import type { Import } from "@/lib/api/types";
import { useMay } from "@/lib/session/use-session";
import type { Decision } from "../api";
import { isWorkedAt, stateOf } from "../reading";

type Props = { job: Import; decision: UseMutationResult<Import, Error, Decision> };

/** Pause, resume and cancel, where the state allows them. */
export function Decisions({ job, decision }: Props) {
  const t = useTranslations("imports");
  const may = useMay();
  const state = stateOf(job);
  if (!may("imports.jobs.write") || !(isWorkedAt(job) || state === "paused")) return null;
  const possible: Decision[] = state === "paused" ? ["resume", "cancel"] : ["pause", "cancel"];
  return (
    <div className="flex gap-2">
      {possible.map((made) => (
        <Button key={made} variant={made === "cancel" ? "danger" : "outline"} disabled={decision.isPending} onClick={() => decision.mutate(made)}>
          {t(made)}
        </Button>
      ))}
    </div>
  );
}
