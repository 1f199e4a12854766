"use client";
import { useTranslations } from "next-intl";
import { ProblemNotice } from "@/components/data/problem-notice";
import { PageHeader } from "@/components/layout/page-header";
import { Badge } from "@/components/ui/badge";
import { Skeleton } from "@/components/ui/skeleton";
import { useIdInPath } from "@/lib/i18n/use-path";
import { useWords } from "@/lib/i18n/use-words";
import { isOpen, isSaidByDoubts, isWorkedAt, stateOf } from "../reading";
import { useImport } from "../use-import";
import { Decisions } from "./decisions";
import { Doubts } from "./doubts";
import { Going } from "./going";
import { LedgerTable } from "./ledger-table";
import { MappingTable } from "./mapping-table";
import { Plan } from "./plan";
import { Recognised } from "./recognised";
import { toneOf } from "./tones";

/** /imports/<id>: from what was recognised to the ledger; what is shown follows the import's state. */
export function ImportPage() {
  const id = useIdInPath();
  return <ImportById key={id} id={id} />;
}

function ImportById({ id }: { id: string }) {
  const t = useTranslations("imports");
  const words = useWords();
  const { query, job, apply, replan, decision } = useImport(id);
  if (query.error && !job) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (!job) return <Skeleton className="h-64" />;
  const state = stateOf(job);
  const { layout, field_mapping: mapping } = job;
  const refused = [apply.error, replan.error, decision.error].filter(Boolean);
  const isSettled = ["applied", "cancelled", "failed", "paused"].includes(state);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title={job.file_name}>
        <span dir="auto" className="text-sm text-muted-foreground">
          {job.supplier_name}
        </span>
        <Badge tone={toneOf(state)} data-state={state}>
          {words("states", state)}
        </Badge>
      </PageHeader>
      {refused.map((error, at) => (
        <ProblemNotice key={at} error={error} />
      ))}
      {isWorkedAt(job) && <Going job={job} />}
      {job.wait_reason && <p className="rounded-md bg-warn-soft p-3 text-sm text-warn">{job.wait_reason}</p>}
      {state === "failed" && (
        <p role="alert" className="rounded-md bg-bad-soft p-3 text-sm text-bad">
          {job.failure_message}
        </p>
      )}
      {(state === "held" || state === "stale") && job.hold_reason && !isSaidByDoubts(job.hold_reason, job.doubts) && <p className="rounded-md bg-warn-soft p-3 text-sm text-warn">{job.hold_reason}</p>}
      {job.same_as_job_id && <p className="rounded-md bg-muted p-3 text-sm">{t("sameFile")}</p>}
      {isOpen(job) && <Doubts key={job.plan_hash} job={job} apply={apply} replan={replan} discard={() => decision.mutate("cancel")} />}
      <Decisions job={job} decision={decision} />
      {isSettled && <LedgerTable job={job} />}
      {layout && <Recognised key={`${job.plan_hash}-layout`} job={job} layout={layout} mapping={mapping} replan={replan} />}
      {layout && mapping && <MappingTable job={job} layout={layout} mapping={mapping} replan={replan} />}
      {job.plan_hash && job.runs.length > 0 && <Plan job={job} />}
    </div>
  );
}
