"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useMemo } from "react";
import { type Columns, DataTable } from "@/components/data/data-table";
import { columnHelper } from "@/components/data/features";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Badge } from "@/components/ui/badge";
import type { Import, PlanRow } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { clipped } from "@/lib/text";
import { type PlanFilter, planQuery } from "../api";

const column = columnHelper<PlanRow>();
const shown = (value: string | undefined) => (value === undefined ? "∅" : clipped(value));
type Props = { job: Import; runId: string; kind: PlanFilter["kind"]; total: number };

/** Rows of one kind of the plan, each with what it changes. */
export function PlanRows({ job, runId, kind, total }: Props) {
  const t = useTranslations("plan");
  const words = useWords();
  const format = useFormatter();
  const list = useInfiniteQuery(planQuery({ id: job.id, hash: job.plan_hash, runId, kind }));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const columns = useMemo(
    () =>
      [
        column.accessor("row_no", { header: t("row"), size: 80, cell: (cell) => (cell.getValue() ? format.number(cell.getValue()) : "–"), meta: { numeric: true } }),
        column.accessor("ref", { header: words("fields", "ref"), size: 140 }),
        column.accessor("title", { header: words("fields", "title"), size: 320 }),
        column.display({
          id: "changes",
          header: t("changes"),
          size: 420,
          cell: (cell) => <Changes row={cell.row.original} />,
        }),
      ] as Columns<PlanRow>,
    [t, words, format],
  );
  if (list.error) return <ProblemNotice error={list.error} retry={() => void list.refetch()} />;
  if (!list.isPending && rows.length === 0) return <p className="text-sm text-muted-foreground">{t("none")}</p>;
  return (
    <DataTable
      label={words("rowKinds", kind)}
      className="max-h-[60dvh]"
      rows={rows}
      columns={columns}
      idOf={(row) => `${row.row_no} ${row.ref}`}
      total={total}
      busy={list.isPending}
      more={list.hasNextPage && !list.isFetchingNextPage ? () => void list.fetchNextPage() : undefined}
    />
  );
}

function Changes({ row }: { row: PlanRow }) {
  const t = useTranslations("plan");
  const words = useWords();
  const whole = row.changes.map((one) => `${words("fields", one.field)}: ${shown(one.before)} → ${shown(one.after)}`).join("\n");
  return (
    <span title={whole}>
      {row.creates_product && <Badge tone="good">{t("newProduct")}</Badge>}
      {row.differs && <Badge tone="warn">{t("differs")}</Badge>}
      {row.changes.map((one) => (
        <span key={one.field} className="mr-3">
          {words("fields", one.field)} <del className="text-muted-foreground">{shown(one.before)}</del> → <ins className="no-underline">{shown(one.after)}</ins>
        </span>
      ))}
    </span>
  );
}
