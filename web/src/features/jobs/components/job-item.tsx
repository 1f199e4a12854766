"use client";
import { useTranslations } from "next-intl";
import Link from "next/link";
import { When } from "@/components/data/when";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import type { Job } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { paths } from "@/lib/paths";
import { useMay } from "@/lib/session/use-session";
import { type Decision, possible, type State } from "../api";

const TONES: Partial<Record<State, Tone>> = { STATE_DONE: "good", STATE_FAILED: "bad", STATE_WAITING: "warn", STATE_PAUSED: "warn" };
/** Kinds that have a page of their own. */
const PAGES: Record<string, (id: string) => string> = { import: paths.import };

/** One job: what it is about, where it stands, and what can be decided. */
export function JobItem({ job, onDecide }: { job: Job; onDecide: (decision: Decision) => void }) {
  const t = useTranslations("jobs");
  const words = useWords();
  const may = useMay();
  const page = PAGES[job.kind]?.(job.id);
  const { progress } = job;
  const said = job.wait_reason || job.failure_message;
  return (
    <li className="grid gap-2 rounded-md border p-3 text-sm" data-job={job.id}>
      <div className="flex flex-wrap items-center gap-3">
        <Badge>{words("kinds", job.kind)}</Badge>
        <span dir="auto" className="min-w-0 flex-1 font-medium break-all">
          {page ? (
            <Link prefetch={false} href={page} className="underline-offset-2 hover:underline">
              {job.title}
            </Link>
          ) : (
            job.title
          )}
          {job.supplier_name && <span className="ml-2 font-normal text-muted-foreground">{job.supplier_name}</span>}
        </span>
        <Badge tone={TONES[job.state] ?? "plain"}>{words("states", job.kind_state)}</Badge>
        <When time={job.create_time} />
        {may("core.jobs.write") &&
          possible[job.state].map((decision) => (
            <Button key={decision} size="sm" variant={decision === "cancel" ? "danger" : "outline"} aria-label={t("decide", { what: t(decision), title: job.title })} onClick={() => onDecide(decision)}>
              {t(decision)}
            </Button>
          ))}
      </div>
      {job.state === "STATE_RUNNING" && progress?.stage && <Progress label={words("stages", progress.stage)} done={progress.done} total={progress.total} />}
      {said && <p className="text-muted-foreground">{said}</p>}
    </li>
  );
}
