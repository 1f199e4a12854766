"use client";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { useWords } from "@/lib/i18n/use-words";
import type { Conflict, Editable } from "../edits";

/** Somebody else was faster: both words for each field, to choose from. */
export function Conflicts({ conflicts, onSettle }: { conflicts: Conflict[]; onSettle: (field: Editable, value: string) => void }) {
  const t = useTranslations("products");
  const words = useWords();
  return (
    <section role="alert" aria-label={t("conflict")} className="grid gap-3 rounded-md border border-warn bg-warn-soft p-3 text-sm sm:col-span-2">
      <p className="font-medium">{t("conflict")}</p>
      {conflicts.map(({ field, mine, theirs }) => (
        <div key={field} className="grid gap-2" data-conflict={field}>
          <p className="font-medium">{words("fields", field)}</p>
          <div className="grid gap-2 sm:grid-cols-2">
            <Version label={t("mine")} text={mine} take={t("takeMine")} onTake={() => onSettle(field, mine)} />
            <Version label={t("theirs")} text={theirs} take={t("takeTheirs")} onTake={() => onSettle(field, theirs)} />
          </div>
        </div>
      ))}
    </section>
  );
}

function Version({ label, text, take, onTake }: { label: string; text: string; take: string; onTake: () => void }) {
  return (
    <div className="grid content-start justify-items-start gap-2 rounded-md border bg-background p-2">
      <span className="text-xs text-muted-foreground">{label}</span>
      <p dir="auto" className="max-h-40 w-full overflow-auto break-words whitespace-pre-wrap">
        {text || "∅"}
      </p>
      <Button size="sm" variant="outline" onClick={onTake}>
        {take}
      </Button>
    </div>
  );
}
