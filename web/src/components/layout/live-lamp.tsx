"use client";
import { useTranslations } from "next-intl";
import { cn } from "@/lib/classes";
import { useLiveStatus } from "@/lib/live/use-live";

/** Whether what is shown follows what goes on. */
export function LiveLamp() {
  const t = useTranslations("live");
  const status = useLiveStatus();
  return (
    <span role="status" data-live={status} title={t(`${status}Hint`)} className="flex items-center gap-2 px-3 text-xs text-muted-foreground">
      <span aria-hidden className={cn("size-2 rounded-full", status === "live" ? "bg-good" : status === "waiting" ? "bg-bad" : "bg-muted-foreground")} />
      {t(status)}
    </span>
  );
}
