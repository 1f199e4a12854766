"use client";
import { useFormatter, useTranslations } from "next-intl";
import Link from "next/link";
import { Card, CardTitle } from "@/components/ui/card";
import type { Import, Ledger } from "@/lib/api/types";
import { paths } from "@/lib/paths";
import { BESIDE, OUTCOMES, stateOf } from "../reading";

/** Every row read has one outcome; what is counted beside them stands behind. */
export function LedgerTable({ job }: { job: Import }) {
  const t = useTranslations("ledger");
  const format = useFormatter();
  const lines = job.runs.flatMap(({ supplier_name, ledger }): [string, Ledger][] => (ledger ? [[supplier_name, ledger]] : []));
  if (lines.length > 1 && job.ledger) lines.push([t("all"), job.ledger]);
  return (
    <Card>
      <CardTitle>{t("title")}</CardTitle>
      <p className="text-sm text-muted-foreground">{t("balance")}</p>
      <div className="overflow-auto" tabIndex={0} role="region" aria-label={t("title")}>
        <table className="w-full text-sm" data-ledger>
          <thead className="text-right text-muted-foreground">
            <tr>
              <th scope="col" className="px-2 py-1 text-left font-medium">
                {t("supplier")}
              </th>
              {(["read", ...OUTCOMES, ...BESIDE] as const).map((name) => (
                <th key={name} scope="col" className="px-2 py-1 font-medium">
                  {t(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(([name, ledger], at) => (
              <tr key={at} className="border-t text-right tabular-nums">
                <th scope="row" dir="auto" className="px-2 py-1 text-left font-medium">
                  {name}
                </th>
                {(["read", ...OUTCOMES, ...BESIDE] as const).map((column) => (
                  <td key={column} data-count={column} className="px-2 py-1">
                    {format.number(ledger[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {stateOf(job) === "applied" && (
        <Link href={paths.products} className="justify-self-start text-sm underline">
          {t("toProducts")}
        </Link>
      )}
    </Card>
  );
}
