import { setRequestLocale } from "next-intl/server";
import { Account } from "@/features/account/components/account";
import { ChangePasswordForm } from "@/features/session/components/change-password-form";

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return <Account password={<ChangePasswordForm />} />;
}
