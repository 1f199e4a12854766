"use client";
import { Lock, LockOpen } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
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
import { EDITABLE, type Editable, LOCKABLE, LONGEST } from "../edits";
import { useEdits } from "../use-edits";
import { Conflicts } from "./conflicts";

const LOCKABLE_NAMES: readonly string[] = LOCKABLE;

/** The values with their locks; a bar says what is not saved yet. */
export function EditForm({ tagged, canEdit }: { tagged: Tagged; canEdit: boolean }) {
  const t = useTranslations("products");
  const words = useWords();
  const { values, locked, edits, isEdited, conflicts, save, write, toggleLock, settle, discard } = useEdits(tagged, () => toast.success(t("saved")));
  useLeaveGuard(isEdited, t("leave"));
  const problem = save.error ? Problem.of(save.error) : undefined;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    save.mutate(edits);
  };
  return (
    <Card>
      <CardTitle>{t("values")}</CardTitle>
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        {conflicts.length > 0 && <Conflicts conflicts={conflicts} onSettle={settle} />}
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
        {problem && (
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

/** A text that is longer than the field may hold is not pasted: the clipboard keeps it, and no browser has to lay it out. */
function ValueField({ field, value, error, canEdit, onWrite, children }: ValueProps) {
  const t = useTranslations("products");
  const words = useWords();
  const [pasted, setPasted] = useState(0);
  const most = LONGEST[field];
  const long = pasted || (value.length > most ? value.length : 0);
  const onPaste = (event: React.ClipboardEvent) => {
    const { length } = event.clipboardData.getData("text/plain");
    setPasted(length > most ? length : 0);
    if (length > most) event.preventDefault();
  };
  const write = (text: string) => {
    setPasted(0);
    onWrite(text);
  };
  const common = { dir: "auto", readOnly: !canEdit, value, onPaste } as const;
  return (
    <Field label={words("fields", field)} error={long ? t("tooLong", { n: long, most }) : error}>
      {(given) => (
        <span className="flex items-start gap-1">
          {field === "description" ? (
            <TextArea {...given} {...common} rows={6} onChange={(event) => write(event.target.value)} />
          ) : (
            <Input {...given} {...common} onChange={(event) => write(event.target.value)} />
          )}
          {children}
        </span>
      )}
    </Field>
  );
}
