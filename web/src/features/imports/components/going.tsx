"use client";
import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Card } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import type { Import } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { progressQuery } from "../api";
import { stateOf } from "../reading";

/** How far it is, how fast it goes, and how long the rest takes. */
export function Going({ job }: { job: Import }) {
  const t = useTranslations("imports");
  const format = useFormatter();
  const words = useWords();
  // Told by the live channel; asked for once.
  const told = useQuery(progressQuery(job.id)).data?.progress;
  const now = told?.stage ? told : job.progress;
  const stage = now?.stage ? words("stages", now.stage) : words("states", stateOf(job));
  const rate = told?.rate;
  const remaining = told?.remaining_seconds;
  return (
    <Card aria-live="polite">
      <div className="flex flex-wrap justify-between gap-2 text-sm">
        <span className="font-medium">{stage}</span>
        <span className="text-muted-foreground tabular-nums">
          {now && now.total > 0 && t("doneOf", { done: now.done, total: now.total })}
          {rate !== undefined && ` · ${t("rate", { rate: format.number(rate, { maximumFractionDigits: rate < 10 ? 1 : 0 }) })}`}
          {remaining !== undefined && ` · ${t("remaining", { seconds: Math.ceil(remaining) })}`}
        </span>
      </div>
      <Progress label={stage} done={now?.done ?? 0} total={now?.total ?? 0} />
    </Card>
  );
}
