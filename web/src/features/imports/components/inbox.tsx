"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import Link from "next/link";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { PageHeader } from "@/components/layout/page-header";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import type { Job } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { paths } from "@/lib/paths";
import { waitingQuery } from "../api";
import { isOpen, isSaidByDoubts, stateOf } from "../reading";
import { useImport } from "../use-import";
import { Doubts } from "./doubts";
import { toneOf } from "./tones";

/** /inbox: what waits for a person, with the reason and the decision beside it. */
export function Inbox() {
  const t = useTranslations("inbox");
  const list = useQuery(waitingQuery);
  const waiting = list.data?.jobs ?? [];
  return (
    <div className="grid max-w-4xl grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title={t("title")} />
      {list.error && <ProblemNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton className="h-48" />}
      {list.data && waiting.length === 0 && <p className="text-muted-foreground">{t("nothing")}</p>}
      {waiting.map((job) => (
        <Waiting key={job.id} waiting={job} />
      ))}
    </div>
  );
}

function Waiting({ waiting }: { waiting: Job }) {
  const t = useTranslations("inbox");
  const counts = useTranslations("ledger");
  const words = useWords();
  const { query, job, apply, replan, decision } = useImport(waiting.id);
  const refused = [query.error, apply.error, decision.error].filter(Boolean);
  return (
    <article className="grid gap-3 rounded-lg border p-4" aria-label={waiting.title} data-waiting={waiting.id}>
      <header className="flex flex-wrap items-center gap-2">
        <h2 dir="auto" className="min-w-0 flex-1 font-semibold break-all">
          {waiting.title}
        </h2>
        <span dir="auto" className="text-sm text-muted-foreground">
          {waiting.supplier_name}
        </span>
        <When time={waiting.update_time} />
        {job && <Badge tone={toneOf(stateOf(job))}>{words("states", stateOf(job))}</Badge>}
      </header>
      {waiting.wait_reason && !isSaidByDoubts(waiting.wait_reason, job?.doubts ?? []) && <p className="text-sm">{waiting.wait_reason}</p>}
      {refused.map((error, at) => (
        <ProblemNotice key={at} error={error} />
      ))}
      {job?.ledger && (
        <p className="text-sm text-muted-foreground tabular-nums">
          {(["read", "created", "updated", "rejected", "vanished"] as const).map((name) => `${counts(name)} ${job.ledger?.[name] ?? 0}`).join(" · ")}
        </p>
      )}
      {job && isOpen(job) && <Doubts key={job.plan_hash} job={job} apply={apply} replan={replan} discard={() => decision.mutate("cancel")} />}
      <Link prefetch={false} href={paths.import(waiting.id)} className="justify-self-start text-sm underline">
        {t("look")}
      </Link>
    </article>
  );
}
