"use client";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { Button } from "@/components/ui/button";
import { PageHeader } from "./page-header";

/** Again and again is no help: once in so long. */
const APART_MS = 10_000;
const KEY = "reloaded";

/** What is shown where a page can't be: one whose code did not come, because the connection broke, is loaded anew once it is back. */
export function Failed({ error }: { error: Error }) {
  const t = useTranslations("problem");
  const isCode = error.name === "ChunkLoadError";
  useEffect(() => {
    if (!isCode) return;
    const reload = () => {
      sessionStorage.setItem(KEY, String(Date.now()));
      location.reload();
    };
    const wait = Math.max(1_000, Number(sessionStorage.getItem(KEY) ?? 0) + APART_MS - Date.now());
    const timer = navigator.onLine ? setTimeout(reload, wait) : undefined;
    addEventListener("online", reload);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", reload);
    };
  }, [isCode]);
  return (
    <div role="alert" className="grid justify-items-start gap-4">
      <PageHeader title={t("title")} />
      {isCode && <p>{t("unreachable")}</p>}
      <Button onClick={() => location.reload()}>{t("retry")}</Button>
    </div>
  );
}
