"use client";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Card, CardTitle } from "@/components/ui/card";
import { Choice } from "@/components/ui/tabs";
import type { Import } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { BESIDE, isOpen, OUTCOMES } from "../reading";
import { PlanRows } from "./plan-rows";
import { Problems } from "./problems";

const KINDS = ["KIND_UPDATE", "KIND_CREATE", "KIND_DUPLICATE", "KIND_CONFLICT", "KIND_VANISHED"] as const;
type View = (typeof KINDS)[number] | "problems";
const SKIPPED = ["KIND_DUPLICATE", "KIND_CONFLICT"];

/** What will change in one look; then row by row, by kind, and what was not taken in as it stood, by cause. */
export function Plan({ job }: { job: Import }) {
  const t = useTranslations("plan");
  const counts = useTranslations("ledger");
  const words = useWords();
  const format = useFormatter();
  const [runId, setRunId] = useState(job.runs[0]?.id ?? "");
  const run = job.runs.find((one) => one.id === runId) ?? job.runs[0];
  const ledger = run?.ledger;
  const countOf: Record<View, number | undefined> = {
    KIND_UPDATE: ledger?.updated,
    KIND_CREATE: ledger?.created,
    KIND_DUPLICATE: ledger?.reasons.duplicate_in_file ?? 0,
    KIND_CONFLICT: ledger?.reasons.conflict ?? 0,
    KIND_VANISHED: ledger?.vanished,
    problems: job.ledger && job.ledger.rejected + job.ledger.skipped + job.ledger.warnings,
  };
  const [chosen, setChosen] = useState<View>();
  if (!run || !job.ledger) return null;
  // Plans are dropped once they are applied; problems are kept.
  const kinds = isOpen(job) ? KINDS.filter((kind) => countOf[kind] || !SKIPPED.includes(kind)) : [];
  const view = chosen ?? kinds.find((kind) => countOf[kind]) ?? "problems";
  return (
    <Card className="grid-cols-[minmax(0,1fr)]">
      <CardTitle>{t(isOpen(job) ? "title" : "rowsTitle")}</CardTitle>
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] gap-2">
        {([...OUTCOMES, ...BESIDE] as const).map((name) => (
          <div key={name} className="rounded-md bg-muted p-2">
            <dt className="text-xs text-muted-foreground">{counts(name)}</dt>
            <dd className="text-lg font-semibold tabular-nums" data-plan={name}>
              {format.number(job.ledger?.[name] ?? 0)}
            </dd>
          </div>
        ))}
      </dl>
      {job.runs.length > 1 && (
        <Choice label={t("supplier")} value={run.id} onChange={setRunId} options={job.runs.map((one) => ({ value: one.id, label: one.supplier_name, count: format.number(one.ledger?.read ?? 0) }))} />
      )}
      <Choice
        label={t("filter")}
        value={view}
        onChange={setChosen}
        options={([...kinds, "problems"] as const).map((kind) => ({
          value: kind,
          label: kind === "problems" ? t("problems") : words("rowKinds", kind),
          count: format.number(countOf[kind] ?? 0),
        }))}
      />
      {view === "problems" ? <Problems job={job} /> : <PlanRows key={`${run.id}${view}`} job={job} runId={run.id} kind={view} total={countOf[view] ?? 0} />}
    </Card>
  );
}
