"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { type Columns, DataTable } from "@/components/data/data-table";
import { download } from "@/components/data/download";
import { columnHelper } from "@/components/data/features";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/tabs";
import type { Import, RowProblem } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { problemsQuery } from "../api";

const column = columnHelper<RowProblem>();
const TONES = { OUTCOME_REJECTED: "bad", OUTCOME_SKIPPED: "plain", OUTCOME_WARNING: "warn", OUTCOME_UNSPECIFIED: "plain" } as const;

/** Rows that were not taken in as they stand, by cause, with the cells at fault. */
export function Problems({ job }: { job: Import }) {
  const t = useTranslations("plan");
  const words = useWords();
  const format = useFormatter();
  const [reason, setReason] = useState("");
  const [refused, setRefused] = useState<unknown>();
  const list = useInfiniteQuery(problemsQuery(job.id, job.plan_hash, reason));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.problems) ?? [], [list.data]);
  const columns = useMemo(
    () =>
      [
        column.accessor((row) => row.line ?? row.row_no, { id: "line", header: t("line"), size: 80, meta: { numeric: true } }),
        column.accessor("outcome", { header: t("outcome"), size: 120, cell: ({ row: { original } }) => <Badge tone={TONES[original.outcome]}>{words("outcomes", original.outcome)}</Badge> }),
        column.accessor((row) => row.reasons.map((one) => words("reasons", one)).join(", "), { id: "reasons", header: t("cause"), size: 320 }),
        column.accessor((row) => Object.entries(row.values ?? {}).map(([name, cell]) => `${name}: ${cell}`).join(" · "), { id: "values", header: t("cells"), size: 360 }),
      ] as Columns<RowProblem>,
    [t, words],
  );
  const reasons = Object.entries(job.ledger?.reasons ?? {}).sort((a, b) => b[1] - a[1]);
  if (list.error) return <ProblemNotice error={list.error} retry={() => void list.refetch()} />;
  if (!reasons.length && !list.isPending && !rows.length) return <p className="text-sm text-muted-foreground">{t("noProblems")}</p>;
  return (
    <>
      <Choice
        label={t("cause")}
        value={reason}
        onChange={setReason}
        options={[{ value: "", label: t("allCauses") }, ...reasons.map(([name, count]) => ({ value: name, label: words("reasons", name), count: format.number(count) }))]}
      />
      {refused !== undefined && <ProblemNotice error={refused} />}
      <Button variant="outline" size="sm" className="justify-self-start" onClick={() => void download(`/api/v1/imports/${job.id}/problems.csv`, `${job.file_name}-problems.csv`).catch(setRefused)}>
        {t("download")}
      </Button>
      <DataTable
        label={t("problems")}
        className="max-h-[50dvh]"
        rows={rows}
        columns={columns}
        idOf={(row) => `${row.row_no} ${row.supplier_name} ${row.outcome}`}
        total={job.ledger?.reasons[reason] ?? rows.length}
        busy={list.isPending}
        more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
      />
    </>
  );
}
