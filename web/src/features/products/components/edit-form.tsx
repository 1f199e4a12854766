"use client";
import { Lock, LockOpen } from "lucide-react";
import { useTranslations } from "next-intl";
import { toast } from "sonner";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input, TextArea } from "@/components/ui/input";
import { Problem } from "@/lib/api/problem";
import { useWords } from "@/lib/i18n/use-words";
import { useLeaveGuard } from "@/lib/use-leave-guard";
import type { Tagged } from "../api";
import { EDITABLE, type Editable, LOCKABLE } from "../edits";
import { useEdits } from "../use-edits";
import { Conflicts } from "./conflicts";

const LOCKABLE_NAMES: readonly string[] = LOCKABLE;

/** The values with their locks; a bar says what is not saved yet. */
export function EditForm({ tagged, canEdit }: { tagged: Tagged; canEdit: boolean }) {
  const t = useTranslations("products");
  const words = useWords();
  const { values, locked, edits, isEdited, conflicts, save, write, toggleLock, settle, discard } = useEdits(tagged);
  useLeaveGuard(isEdited, t("leave"));
  const problem = save.error ? Problem.of(save.error) : undefined;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    save.mutate(edits, { onSuccess: () => toast.success(t("saved")) });
  };
  return (
    <Card>
      <CardTitle>{t("values")}</CardTitle>
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        {EDITABLE.map((field) => (
          <div key={field} className={field === "title" || field === "description" ? "sm:col-span-2" : undefined}>
            <ValueField field={field} value={values[field]} error={problem?.violations[field]} canEdit={canEdit} onWrite={(value) => write(field, value)}>
              {LOCKABLE_NAMES.includes(field) && (
                <Button
                  variant="ghost"
                  size="icon"
                  disabled={!canEdit}
                  aria-pressed={locked.includes(field)}
                  aria-label={t(locked.includes(field) ? "release" : "lock", { field: words("fields", field) })}
                  title={t(locked.includes(field) ? "lockedHint" : "unlockedHint")}
                  onClick={() => toggleLock(field)}
                >
                  {locked.includes(field) ? <Lock /> : <LockOpen className="opacity-50" />}
                </Button>
              )}
            </ValueField>
          </div>
        ))}
        {conflicts.length > 0 && <Conflicts conflicts={conflicts} onSettle={settle} />}
        {problem && !problem.isConflict && (
          <div className="sm:col-span-2">
            <ProblemNotice error={problem} />
          </div>
        )}
        {canEdit && isEdited && (
          <div role="region" aria-label={t("unsaved")} className="sticky bottom-2 flex flex-wrap items-center gap-3 rounded-md border bg-card p-3 shadow-md sm:col-span-2">
            <span className="text-sm">{t("unsavedFields", { fields: Object.keys(edits).map((field) => words("fields", field)).join(", ") })}</span>
            <Button type="submit" disabled={save.isPending || conflicts.length > 0}>
              {t("save")}
            </Button>
            <Button variant="outline" onClick={discard}>
              {t("discard")}
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}

type ValueProps = { field: Editable; value: string; error: string | undefined; canEdit: boolean; onWrite: (value: string) => void; children: React.ReactNode };

function ValueField({ field, value, error, canEdit, onWrite, children }: ValueProps) {
  const words = useWords();
  const common = { dir: "auto", readOnly: !canEdit, value } as const;
  return (
    <Field label={words("fields", field)} error={error}>
      {(given) => (
        <span className="flex items-start gap-1">
          {field === "description" ? (
            <TextArea {...given} {...common} rows={6} onChange={(event) => onWrite(event.target.value)} />
          ) : (
            <Input {...given} {...common} onChange={(event) => onWrite(event.target.value)} />
          )}
          {children}
        </span>
      )}
    </Field>
  );
}
