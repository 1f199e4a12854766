"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import Link from "next/link";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { PageHeader } from "@/components/layout/page-header";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Job } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { paths } from "@/lib/paths";
import { useMay } from "@/lib/session/use-session";
import { catalogueQuery, newestJobsQuery, waitingJobsQuery } from "../api";

/** What came in, what needs a decision, and how large the catalogue is; with nothing in it, the first import. */
export function Home() {
  const t = useTranslations("home");
  const may = useMay();
  const seesJobs = may("core.jobs.read");
  const catalogue = useQuery({ ...catalogueQuery, enabled: may("catalog.products.read") });
  const newest = useQuery({ ...newestJobsQuery, enabled: seesJobs });
  const waiting = useQuery({ ...waitingJobsQuery, enabled: seesJobs });
  const size = catalogue.data?.total_capped ? (catalogue.data.approximate_total ?? 0) : (catalogue.data?.total ?? 0);
  const isEmpty = catalogue.data !== undefined && size === 0;
  return (
    <div className="grid max-w-5xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title={t("title")}>
        {may("imports.jobs.write") && (
          <Button asChild>
            <Link href={paths.imports}>{t("import")}</Link>
          </Button>
        )}
      </PageHeader>
      {[catalogue.error, newest.error, waiting.error].filter(Boolean).map((error, at) => (
        <ProblemNotice key={at} error={error} />
      ))}
      {isEmpty && (
        <Card>
          <CardTitle>{t("empty")}</CardTitle>
          <p className="text-sm">{t("emptyHint")}</p>
        </Card>
      )}
      {may("catalog.products.read") && (
        <Card>
          <CardTitle>{t("catalogue")}</CardTitle>
          {catalogue.isPending ? (
            <Skeleton className="h-8 w-32" />
          ) : (
            <Link href={paths.products} className="justify-self-start text-2xl font-semibold tabular-nums underline-offset-4 hover:underline">
              {t("products", { n: size })}
            </Link>
          )}
        </Card>
      )}
      {seesJobs && <JobList title={t("decisions")} none={t("noDecisions")} jobs={waiting.data?.jobs} more={paths.inbox} />}
      {seesJobs && <JobList title={t("newest")} none={t("noJobs")} jobs={newest.data?.jobs} more={paths.jobs} />}
    </div>
  );
}

function JobList({ title, none, jobs, more }: { title: string; none: string; jobs: Job[] | undefined; more: string }) {
  const t = useTranslations("home");
  const words = useWords();
  return (
    <Card>
      <CardTitle>{title}</CardTitle>
      {!jobs && <Skeleton className="h-16" />}
      {jobs?.length === 0 && <p className="text-sm text-muted-foreground">{none}</p>}
      <ul className="grid gap-1 text-sm">
        {jobs?.map((job) => (
          <li key={job.id} className="flex flex-wrap items-center gap-2">
            <Link prefetch={false} dir="auto" className="min-w-0 flex-1 truncate underline-offset-2 hover:underline" href={job.kind === "import" ? paths.import(job.id) : paths.jobs}>
              {job.title}
            </Link>
            <Badge tone={job.state === "STATE_FAILED" ? "bad" : job.state === "STATE_WAITING" ? "warn" : "plain"}>{words("states", job.kind_state)}</Badge>
            <When time={job.create_time} />
          </li>
        ))}
      </ul>
      {!!jobs?.length && (
        <Link href={more} className="justify-self-start text-sm underline">
          {t("all")}
        </Link>
      )}
    </Card>
  );
}
