"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { endOtherSessions, endSession, sessionsQuery } from "../api";

/** Where the user is signed in, and how to end that. */
export function Sessions() {
  const t = useTranslations("account");
  const client = useQueryClient();
  const list = useQuery(sessionsQuery);
  const again = () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const end = useMutation({ mutationFn: endSession, onSuccess: again });
  const endOthers = useMutation({ mutationFn: endOtherSessions, onSuccess: again });
  const sessions = list.data?.sessions ?? [];
  return (
    <Card>
      <CardTitle>{t("sessions")}</CardTitle>
      {list.isPending && <Skeleton className="h-16" />}
      {[list.error, end.error, endOthers.error].filter(Boolean).map((error, at) => (
        <ProblemNotice key={at} error={error} />
      ))}
      <ul className="grid gap-2">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-3 rounded-md border p-3 text-sm">
            <span className="min-w-0 flex-1 break-words">
              {session.user_agent} · {session.address}
              <br />
              <span className="text-muted-foreground">
                {t("lastUse")} <When time={session.last_use_time} />
              </span>
            </span>
            {session.current ? (
              <Badge tone="good">{t("here")}</Badge>
            ) : (
              <Button variant="outline" size="sm" onClick={() => end.mutate(session.id)}>
                {t("end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button variant="outline" className="justify-self-start" onClick={() => endOthers.mutate()}>
          {t("endOthers")}
        </Button>
      )}
    </Card>
  );
}
