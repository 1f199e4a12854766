"use client";
import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import Link from "next/link";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { Badge } from "@/components/ui/badge";
import { Card, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { useWords } from "@/lib/i18n/use-words";
import { paths } from "@/lib/paths";
import { recentQuery } from "../api";
import { stateOf } from "../reading";
import { toneOf } from "./tones";

const COUNTS = ["read", "created", "updated", "rejected"] as const;

/** The last files and what became of them. */
export function RecentImports() {
  const t = useTranslations("imports");
  const counts = useTranslations("ledger");
  const words = useWords();
  const format = useFormatter();
  const list = useQuery(recentQuery);
  return (
    <Card>
      <CardTitle>{t("recent")}</CardTitle>
      {list.error && <ProblemNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton className="h-32" />}
      {list.data?.jobs.length === 0 && <p className="text-sm text-muted-foreground">{t("noneYet")}</p>}
      {!!list.data?.jobs.length && (
        <div className="overflow-auto" tabIndex={0} role="region" aria-label={t("recent")}>
          <table className="w-full text-sm">
            <thead className="text-left text-muted-foreground">
              <tr>
                {(["file", "supplier", "state", "since"] as const).map((key) => (
                  <th key={key} scope="col" className="px-2 py-1 font-medium">
                    {t(key)}
                  </th>
                ))}
                {COUNTS.map((key) => (
                  <th key={key} scope="col" className="px-2 py-1 text-right font-medium">
                    {counts(key)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.data.jobs.map((job) => (
                <tr key={job.id} className="border-t">
                  <td dir="auto" className="max-w-72 truncate px-2 py-1">
                    <Link prefetch={false} href={paths.import(job.id)} className="underline-offset-2 hover:underline">
                      {job.file_name}
                    </Link>
                  </td>
                  <td dir="auto" className="max-w-48 truncate px-2 py-1">
                    {job.supplier_name}
                  </td>
                  <td className="px-2 py-1">
                    <Badge tone={toneOf(stateOf(job))}>{words("states", stateOf(job))}</Badge>
                  </td>
                  <td className="px-2 py-1 whitespace-nowrap">
                    <When time={job.create_time} />
                  </td>
                  {COUNTS.map((key) => (
                    <td key={key} className="px-2 py-1 text-right tabular-nums">
                      {format.number(job.ledger?.[key] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
