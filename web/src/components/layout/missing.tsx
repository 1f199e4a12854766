"use client";
import { useTranslations } from "next-intl";
import Link from "next/link";
import { paths } from "@/lib/paths";
import { PageHeader } from "./page-header";

export function Missing() {
  const t = useTranslations("missing");
  return (
    <div className="grid gap-4">
      <PageHeader title={t("title")} />
      <p>
        {t("hint")}{" "}
        <Link href={paths.home} className="underline">
          {t("home")}
        </Link>
      </p>
    </div>
  );
}
