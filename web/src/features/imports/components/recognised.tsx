"use client";
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Card, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import type { Import } from "@/lib/api/types";
import { useMay } from "@/lib/session/use-session";
import type { Replan } from "../api";
import { ENCODINGS, isOpen, type Mapping, type Shape } from "../reading";

type Props = { job: Import; shape: Shape; mapping: Mapping | undefined; replan: UseMutationResult<Import, Error, Replan> };
const SHOWN = 5;
const CURRENCY = /^[A-Z]{3}$/;

/** How the file was read, what of it can be said otherwise, and its first rows. */
export function Recognised({ job, shape, mapping, replan }: Props) {
  const t = useTranslations("imports");
  const may = useMay();
  const canChange = isOpen(job) && may("imports.jobs.write") && !replan.isPending;
  const encodings = [...new Set([shape.encoding, ...(shape.rivals ?? []), ...ENCODINGS])].filter(Boolean);
  const marks = [...new Set(Object.values(shape.decimals))];
  return (
    <Card>
      <CardTitle>{t("recognised")}</CardTitle>
      <p className="text-sm text-muted-foreground">
        {shape.origin || t(shape.header ? "withHeader" : "withoutHeader")} · {t("columns", { n: shape.columns.length })} ·{" "}
        {t(shape.rows_estimated ? "aboutRows" : "rows", { n: shape.rows })}
        {marks.length > 0 && ` · ${t("decimals", { marks: marks.join(" ") })}`}
      </p>
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label={t("encoding")}>
          {(given) => (
            <Select {...given} disabled={!canChange} value={shape.encoding} onChange={(event) => replan.mutate({ mapping: { encoding: event.target.value } })}>
              {encodings.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          )}
        </Field>
        {shape.tables && shape.tables.length > 1 && (
          <Field label={t("table")}>
            {(given) => (
              <Select {...given} disabled={!canChange} value={shape.table} onChange={(event) => replan.mutate({ mapping: { table: event.target.value } })}>
                {shape.tables?.map((name) => <option key={name}>{name}</option>)}
                <option value="*">{t("allTables")}</option>
              </Select>
            )}
          </Field>
        )}
        <Field label={t("currency")} hint={t("currencyHint")}>
          {(given) => (
            <Input
              {...given}
              key={mapping?.currency_code}
              defaultValue={mapping?.currency_code}
              disabled={!canChange}
              maxLength={3}
              className="uppercase"
              onBlur={(event) => {
                const code = event.target.value.toUpperCase();
                if (CURRENCY.test(code) && code !== mapping?.currency_code) replan.mutate({ currency: code });
              }}
            />
          )}
        </Field>
      </div>
      <div className="overflow-auto rounded-md border" tabIndex={0} role="region" aria-label={t("firstRows")}>
        <table className="text-sm">
          <thead className="bg-muted text-left">
            <tr>
              {shape.columns.map((name) => (
                <th key={name} scope="col" dir="auto" className="px-3 py-1 font-medium whitespace-nowrap">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shape.sample.slice(0, SHOWN).map((row, at) => (
              <tr key={at} className="border-t">
                {shape.columns.map((name, column) => (
                  <td key={name} dir="auto" className="max-w-64 truncate px-3 py-1">
                    {row[column]}
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
