"use client";
import { useTranslations } from "next-intl";
import { PageHeader } from "@/components/layout/page-header";
import { Card, CardTitle } from "@/components/ui/card";
import { useMe } from "@/lib/session/use-session";
import { Sessions } from "./sessions";

/** The user's own page; `password` is the form that changes it. */
export function Account({ password }: { password: React.ReactNode }) {
  const t = useTranslations("account");
  const me = useMe();
  if (!me) return null;
  return (
    <div className="grid max-w-3xl gap-4">
      <PageHeader title={me.user.display_name || me.user.username} />
      <p className="text-sm text-muted-foreground">{t("roles", { roles: me.user.roles.join(", ") })}</p>
      <Sessions />
      <Card>
        <CardTitle>{t("password")}</CardTitle>
        {password}
      </Card>
    </div>
  );
}
