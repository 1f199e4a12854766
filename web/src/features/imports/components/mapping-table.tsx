"use client";
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Card, CardTitle } from "@/components/ui/card";
import { Select } from "@/components/ui/input";
import type { FieldMapping, FileLayout, Import } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { useMay } from "@/lib/session/use-session";
import type { Replan } from "../api";
import { type Column, columnsOf, FIELDS, isOpen, reassigned } from "../reading";

type Props = { job: Import; layout: FileLayout; mapping: FieldMapping; replan: UseMutationResult<Import, Error, Replan> };
/** Several choices made one after the other are one new plan. */
const CALM_MS = 600;
const SURE = 0.9;

/** Each column with what it feeds, how sure that is and why. A change makes a new plan at once. */
export function MappingTable({ job, layout, mapping, replan }: Props) {
  const t = useTranslations("imports");
  const may = useMay();
  const [edits, setEdits] = useState<Record<string, string>>({});
  const { mutate, isPending } = replan;
  const canSend = isOpen(job) && !isPending;
  useEffect(() => {
    if (!Object.keys(edits).length || !canSend) return;
    const timer = setTimeout(() => {
      mutate({ mapping: edits });
      setEdits({});
    }, CALM_MS);
    return () => clearTimeout(timer);
  }, [edits, canSend, mutate]);
  const columns = columnsOf(layout, mapping);
  const canChange = isOpen(job) && may("imports.jobs.write");
  return (
    <Card>
      <CardTitle>{t("mapping")}</CardTitle>
      {mapping.problems.map((problem) => (
        <p key={problem} lang="en" className="text-sm text-warn">
          {problem}
        </p>
      ))}
      <div className="overflow-auto">
        <table className="w-full text-sm">
          <thead className="text-left text-muted-foreground">
            <tr>
              {(["column", "examples", "feeds", "sure", "because"] as const).map((key) => (
                <th key={key} scope="col" className="px-2 py-1 font-medium">
                  {t(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <MappingRow key={column.name} column={column} edits={edits} onChoose={canChange ? (field) => setEdits((now) => ({ ...now, ...reassigned(column, field) })) : undefined} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function MappingRow({ column, edits, onChoose }: { column: Column; edits: Record<string, string>; onChoose: ((field: string) => void) | undefined }) {
  const t = useTranslations("imports");
  const words = useWords();
  const [first = "", ...others] = column.fields;
  const edited = Object.keys(edits).find((field) => edits[field] === column.name);
  const released = first in edits && edits[first] !== column.name;
  const value = edited ?? (released ? "" : first);
  const options = [...new Set([...FIELDS, ...column.fields])];
  return (
    <tr className="border-t align-top">
      <th scope="row" dir="auto" className="max-w-48 px-2 py-2 text-start font-medium break-words">
        {column.name}
      </th>
      <td dir="auto" className="max-w-64 truncate px-2 py-2 text-muted-foreground" title={column.samples.join("\n")}>
        {column.samples.join(" · ")}
      </td>
      <td className="min-w-40 px-2 py-1">
        <Select aria-label={t("fieldOf", { column: column.name })} value={value} disabled={!onChoose} onChange={(event) => onChoose?.(event.target.value)}>
          <option value="">{t("notUsed")}</option>
          {options.map((field) => (
            <option key={field} value={field}>
              {words("fields", field)}
            </option>
          ))}
        </Select>
        {others.map((field) => (
          <Badge key={field} className="mt-1 mr-1">
            {words("fields", field)}
          </Badge>
        ))}
      </td>
      <td className="px-2 py-2">
        {column.confidence !== undefined && <Badge tone={column.confidence >= SURE ? "good" : "warn"}>{t("percent", { share: column.confidence })}</Badge>}
      </td>
      <td dir="auto" lang="en" className="px-2 py-2 text-muted-foreground">
        {column.why}
      </td>
    </tr>
  );
}
