"use client";
import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import type { Doubt, Import } from "@/lib/api/types";
import { useWords } from "@/lib/i18n/use-words";
import { useMay } from "@/lib/session/use-session";
import { clipped } from "@/lib/text";
import type { Replan } from "../api";
import { forScreens, holding, stateOf } from "../reading";

type Props = {
  job: Import;
  apply: UseMutationResult<Import, Error, { hash: string; accept: string[] }>;
  replan: UseMutationResult<Import, Error, Replan>;
  discard: () => void;
};

/** What is not sure, each with a yes, and the decision on the plan. */
export function Doubts({ job, apply, replan, discard }: Props) {
  const t = useTranslations("imports");
  const may = useMay();
  const [accepted, setAccepted] = useState<string[]>([]);
  const open = holding(job.doubts);
  const left = open.filter((doubt) => !accepted.includes(doubt.name));
  const toggle = (name: string) => setAccepted((now) => (now.includes(name) ? now.filter((one) => one !== name) : [...now, name]));
  const isBusy = apply.isPending || replan.isPending;
  const state = stateOf(job);
  // Held without a doubt: there is no way to read it, but another mapping.
  const mayApply = state === "planned" || (state === "held" && open.length > 0);
  return (
    <Card>
      <CardTitle>{t("decision")}</CardTitle>
      {job.doubts.length > 0 && (
        <ul className="grid gap-2">
          {job.doubts.map((doubt) => (
            <DoubtItem key={doubt.name} doubt={doubt} isAccepted={accepted.includes(doubt.name)} onToggle={may("imports.jobs.write") ? () => toggle(doubt.name) : undefined} />
          ))}
        </ul>
      )}
      {may("imports.jobs.write") && (
        <div className="flex flex-wrap items-center gap-2">
          {mayApply && (
            <Button disabled={isBusy || left.length > 0} onClick={() => apply.mutate({ hash: job.plan_hash, accept: accepted })}>
              {t("apply")}
            </Button>
          )}
          {state === "stale" && (
            <Button disabled={isBusy} onClick={() => replan.mutate({})}>
              {t("planAgain")}
            </Button>
          )}
          <Button variant="danger" disabled={isBusy} onClick={discard}>
            {t("discard")}
          </Button>
          {left.length > 0 && <span className="text-sm text-warn">{t("doubtsLeft", { n: left.length })}</span>}
        </div>
      )}
    </Card>
  );
}

function DoubtItem({ doubt, isAccepted, onToggle }: { doubt: Doubt; isAccepted: boolean; onToggle: (() => void) | undefined }) {
  const t = useTranslations("imports");
  const words = useWords();
  const { text, isShorter } = forScreens(doubt.message);
  return (
    <li className="grid gap-2 rounded-md border p-3 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{words("doubts", doubt.code)}</span>
        {doubt.column && <Badge dir="auto">{doubt.column}</Badge>}
        {doubt.rows > 0 && <span className="text-muted-foreground tabular-nums">{t("rows", { n: doubt.rows })}</span>}
        {!doubt.holds && <Badge>{t("holdsNothing")}</Badge>}
        {doubt.accepted && <Badge tone="good">{t("acceptedBefore")}</Badge>}
      </div>
      <p dir="auto" lang="en">
        {text}
      </p>
      {isShorter && <p>{t("changeBelow")}</p>}
      {doubt.examples.length > 0 && (
        <p dir="auto" className="font-mono text-xs break-all text-muted-foreground">
          {doubt.examples.slice(0, 5).map((one) => clipped(one)).join("  ·  ")}
        </p>
      )}
      {doubt.holds && !doubt.accepted && onToggle && (
        <Button variant={isAccepted ? "primary" : "outline"} size="sm" className="justify-self-start" aria-pressed={isAccepted} data-doubt={doubt.name} onClick={onToggle}>
          {isAccepted ? t("accepted") : t("accept")}
        </Button>
      )}
    </li>
  );
}
