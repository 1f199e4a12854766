"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { useWords } from "@/lib/i18n/use-words";
import { clipped } from "@/lib/text";
import { changesQuery } from "../api";

/** Of a value before; descriptions are long. */
const SHOWN = 600;

/** What changed on it, the newest first, with what stood there before. */
export function History({ id }: { id: string }) {
  const t = useTranslations("products");
  const words = useWords();
  const list = useInfiniteQuery(changesQuery(id));
  const changes = list.data?.pages.flatMap((page) => page.changes) ?? [];
  return (
    <Card>
      <CardTitle>{t("history")}</CardTitle>
      {list.error && <ProblemNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton className="h-24" />}
      {list.data && changes.length === 0 && <p className="text-sm text-muted-foreground">{t("noChanges")}</p>}
      <ol className="grid gap-2" data-history>
        {changes.map((change, at) => (
          <li key={at} className="grid gap-1 rounded-md border p-2 text-sm">
            <p className="flex flex-wrap gap-2 text-muted-foreground">
              <When time={change.time} />
              <Badge>{change.run_id ? t("byImport") : t("byHand")}</Badge>
              {change.offer_id && <Badge>{t("ofOffer")}</Badge>}
            </p>
            {change.fields.map((field) => (
              <p key={field} dir="auto" className="break-words">
                {words("fields", field)}: <del className="text-muted-foreground">{clipped(change.before[field] || "∅", SHOWN)}</del>
              </p>
            ))}
          </li>
        ))}
      </ol>
      {list.hasNextPage && (
        <Button variant="outline" size="sm" className="justify-self-start" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("older")}
        </Button>
      )}
    </Card>
  );
}
