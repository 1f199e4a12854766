"use client";
import { useTranslations } from "next-intl";
import { Button } from "@/components/ui/button";
import { Problem } from "@/lib/api/problem";
import { useWords } from "@/lib/i18n/use-words";

/** What went wrong, what to do, and by which id the logs know it. */
export function ProblemNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useTranslations("problem");
  const problem = Problem.of(error);
  const said = useWords()("problems", problem.reason);
  return (
    <div role="alert" className="grid justify-items-start gap-2 rounded-md border border-bad bg-bad-soft p-3 text-sm">
      <p className="font-medium">{said === problem.reason ? (problem.status === 0 ? t("unreachable") : t("title")) : said}</p>
      {problem.status !== 0 && problem.message && <p>{problem.message}</p>}
      {Object.entries(problem.violations).map(([field, text]) => (
        <p key={field}>
          <b>{field}</b> {text}
        </p>
      ))}
      {problem.traceId && <p className="font-mono text-xs break-all text-muted-foreground">{t("trace", { id: problem.traceId })}</p>}
      {retry && (
        <Button variant="outline" size="sm" onClick={retry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
