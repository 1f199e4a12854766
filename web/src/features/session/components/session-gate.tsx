"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { begin } from "@/lib/session/session";
import { useSession } from "@/lib/session/use-session";
import { ChangePasswordForm } from "./change-password-form";
import { SignInForm } from "./sign-in-form";

/** The application for whoever is signed in. A session that ends leaves what is on the screen, with a sign-in before it. */
export function SessionGate({ children }: { children: React.ReactNode }) {
  const t = useTranslations("session");
  const session = useSession();
  const client = useQueryClient();
  const [unreachable, setUnreachable] = useState<unknown>();
  useEffect(() => {
    begin().catch(setUnreachable);
  }, []);
  const lookAgain = () => {
    setUnreachable(undefined);
    begin().catch(setUnreachable);
  };
  useEffect(() => {
    // What one user has read is nothing for the next.
    if (session.phase === "out") client.clear();
  }, [client, session.phase]);
  if (session.phase === "begins") return unreachable === undefined ? <Beginning /> : <Alone title={t("title")}>{<ProblemNotice error={unreachable} retry={lookAgain} />}</Alone>;
  if (session.phase === "out")
    return (
      <Alone title={t("title")}>
        <SignInForm />
      </Alone>
    );
  if (!("me" in session)) return null;
  if (session.me.must_change_password && session.phase === "in")
    return (
      <Alone title={t("firstPassword")}>
        <p className="text-sm text-muted-foreground">{t("firstPasswordHint")}</p>
        <ChangePasswordForm />
      </Alone>
    );
  return (
    <>
      {children}
      <Dialog open={session.phase === "expired"}>
        <DialogContent>
          <DialogTitle className="text-lg font-semibold">{t("expired")}</DialogTitle>
          <DialogDescription className="text-sm text-muted-foreground">{t("expiredHint")}</DialogDescription>
          <SignInForm username={session.me.user.username} />
        </DialogContent>
      </Dialog>
    </>
  );
}

function Alone({ title, children }: { title: string; children: React.ReactNode }) {
  const t = useTranslations("app");
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="grid w-full max-w-sm gap-4 rounded-lg border bg-card p-6">
        <p className="text-sm font-semibold text-muted-foreground">{t("name")}</p>
        <h1 className="text-xl font-semibold">{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** What stands there until the session is known: the frame of the page, so that nothing jumps. */
function Beginning() {
  return (
    <main aria-busy className="grid min-h-dvh grid-cols-[minmax(0,1fr)] md:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="hidden gap-2 border-r p-3 md:grid md:content-start">
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
        <Skeleton className="h-8" />
      </div>
      <div className="grid content-start gap-4 p-6">
        <Skeleton className="h-8 w-64" />
        <Skeleton className="h-48" />
      </div>
    </main>
  );
}
