"use client";
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Card, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import type { FieldMapping, FileLayout, Import } from "@/lib/api/types";
import { useMay } from "@/lib/session/use-session";
import { clipped } from "@/lib/text";
import type { Replan } from "../api";
import { ENCODINGS, isOpen } from "../reading";

type Props = { job: Import; layout: FileLayout; mapping: FieldMapping | undefined; replan: UseMutationResult<Import, Error, Replan> };
const SHOWN = 5;
const CURRENCY = /^[A-Z]{3}$/;

/** How the file was read, what of it can be said otherwise, and its first rows. */
export function Recognised({ job, layout, mapping, replan }: Props) {
  const t = useTranslations("imports");
  const may = useMay();
  const canChange = isOpen(job) && may("imports.jobs.write") && !replan.isPending;
  const encodings = [...new Set([layout.encoding, ...ENCODINGS])].filter(Boolean);
  const marks = [...new Set(Object.values(layout.decimal_marks))];
  return (
    <Card>
      <CardTitle>{t("recognised")}</CardTitle>
      <p className="text-sm text-muted-foreground">
        {layout.origin || t(layout.header ? "withHeader" : "withoutHeader")} · {t("columns", { n: layout.columns.length })} ·{" "}
        {t(layout.rows_estimated ? "aboutRows" : "rows", { n: layout.rows })}
        {marks.length > 0 && ` · ${t("decimals", { marks: marks.join(" ") })}`}
      </p>
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label={t("encoding")}>
          {(given) => (
            <Select {...given} disabled={!canChange} value={layout.encoding} onChange={(event) => replan.mutate({ mapping: { encoding: event.target.value } })}>
              {encodings.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          )}
        </Field>
        {layout.tables.length > 1 && (
          <Field label={t("table")}>
            {(given) => (
              <Select {...given} disabled={!canChange} value={layout.table} onChange={(event) => replan.mutate({ mapping: { table: event.target.value } })}>
                {layout.tables.map((name) => <option key={name}>{name}</option>)}
                <option value="*">{t("allTables")}</option>
              </Select>
            )}
          </Field>
        )}
        <Field label={t("currency")} hint={t("currencyHint")}>
          {(given) => (
            <Input
              {...given}
              key={mapping?.currency}
              defaultValue={mapping?.currency}
              disabled={!canChange}
              maxLength={3}
              className="uppercase"
              onBlur={(event) => {
                const code = event.target.value.toUpperCase();
                if (CURRENCY.test(code) && code !== mapping?.currency) replan.mutate({ currency: code });
              }}
            />
          )}
        </Field>
      </div>
      <div className="overflow-auto rounded-md border" tabIndex={0} role="region" aria-label={t("firstRows")}>
        <table className="text-sm">
          <thead className="bg-muted text-left">
            <tr>
              {layout.columns.map((name) => (
                <th key={name} scope="col" dir="auto" className="px-3 py-1 font-medium whitespace-nowrap">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(layout.sample ?? []).slice(0, SHOWN).map(({ cells }, at) => (
              <tr key={at} className="border-t">
                {layout.columns.map((name, column) => (
                  <td key={name} dir="auto" className="max-w-64 truncate px-3 py-1">
                    {clipped(cells[column] ?? "")}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
