"use client";
import { standardSchemaResolver } from "@hookform/resolvers/standard-schema";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { lookAgain } from "@/lib/session/session";
import { changePassword } from "../api";
import { type PasswordChange, passwordChange } from "../schema";

const FIELDS = [
  { name: "current_password", label: "currentPassword", complete: "current-password" },
  { name: "new_password", label: "newPassword", complete: "new-password" },
  { name: "again", label: "again", complete: "new-password" },
] as const;

export function ChangePasswordForm() {
  const t = useTranslations("session");
  const [refusal, setRefusal] = useState<unknown>();
  const form = useForm<PasswordChange>({ resolver: standardSchemaResolver(passwordChange), defaultValues: { current_password: "", new_password: "", again: "" } });
  const { errors, isSubmitting } = form.formState;
  const submit = form.handleSubmit(async (given) => {
    setRefusal(undefined);
    try {
      await changePassword(given);
      form.reset();
      toast.success(t("passwordChanged"));
      await lookAgain();
    } catch (error) {
      setRefusal(error);
    }
  });
  return (
    <form onSubmit={(event) => void submit(event)} className="grid gap-4" noValidate>
      {FIELDS.map(({ name, label, complete }) => {
        const wrong = errors[name]?.message as "required" | "short" | "long" | "differs" | undefined;
        return (
          <Field key={name} label={t(label)} error={wrong && t(wrong)} hint={name === "new_password" ? t("newPasswordHint") : undefined}>
            {(given) => <Input {...given} {...form.register(name)} type="password" autoComplete={complete} />}
          </Field>
        );
      })}
      {refusal !== undefined && <ProblemNotice error={refusal} />}
      <Button type="submit" disabled={isSubmitting}>
        {t("changePassword")}
      </Button>
    </form>
  );
}
