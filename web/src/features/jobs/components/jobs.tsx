"use client";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { ProblemNotice } from "@/components/data/problem-notice";
import { PageHeader } from "@/components/layout/page-header";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Choice } from "@/components/ui/tabs";
import { keys } from "@/lib/api/keys";
import { decide, jobsQuery, type View, VIEWS } from "../api";
import { JobItem } from "./job-item";

const NAMES = Object.keys(VIEWS) as View[];

/** /jobs: work in the background of every kind, as it goes on. */
export function Jobs() {
  const t = useTranslations("jobs");
  const client = useQueryClient();
  const [view, setView] = useQueryState("view", parseAsStringLiteral(NAMES).withDefault("all"));
  const list = useInfiniteQuery(jobsQuery(view));
  const decision = useMutation({ mutationFn: decide, onSettled: () => client.invalidateQueries({ queryKey: keys.jobs }) });
  const jobs = list.data?.pages.flatMap((page) => page.jobs) ?? [];
  const missing = list.data?.pages.flatMap((page) => page.missing) ?? [];
  return (
    <div className="grid max-w-5xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title={t("title")} />
      <Choice label={t("filter")} value={view} onChange={(chosen) => void setView(chosen)} options={NAMES.map((name) => ({ value: name, label: t(name) }))} />
      {[list.error, decision.error].filter(Boolean).map((error, at) => (
        <ProblemNotice key={at} error={error} retry={() => void list.refetch()} />
      ))}
      {missing.length > 0 && <p className="rounded-md bg-warn-soft p-3 text-sm text-warn">{t("missing", { services: [...new Set(missing)].join(", ") })}</p>}
      {list.isPending && <Skeleton className="h-64" />}
      {list.data && jobs.length === 0 && <p className="text-muted-foreground">{t("nothing")}</p>}
      <ul className="grid gap-2">
        {jobs.map((job) => (
          <JobItem key={job.id} job={job} onDecide={(made) => decision.mutate({ id: job.id, decision: made })} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button variant="outline" className="justify-self-center" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("more")}
        </Button>
      )}
    </div>
  );
}
