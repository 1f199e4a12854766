"use client";
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { signIn } from "@/lib/session/session";
import { type Credentials, credentials } from "../schema";

/** Name and password; `username` is given where the session of that user has ended. */
export function SignInForm({ username = "" }: { username?: string }) {
  const t = useTranslations("session");
  const [refusal, setRefusal] = useState<unknown>();
  const form = useForm<Credentials>({ resolver: standardSchemaResolver(credentials), defaultValues: { username, password: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (given) => {
    setRefusal(undefined);
    await signIn(given.username, given.password).catch(setRefusal);
  });
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
      <Field label={t("username")} error={errors.username && t("required")}>
        {(given) => <Input {...given} {...form.register("username")} autoComplete="username" autoCapitalize="none" spellCheck={false} />}
      </Field>
      <Field label={t("password")} error={errors.password && t("required")}>
        {(given) => <Input {...given} {...form.register("password")} type="password" autoComplete="current-password" />}
      </Field>
      {refusal !== undefined && <ProblemNotice error={refusal} />}
      <Button type="submit" disabled={isSubmitting}>
        {t("signIn")}
      </Button>
    </form>
  );
}
