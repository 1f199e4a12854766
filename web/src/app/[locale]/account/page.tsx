import { Account } from "@/features/account/components/account";
import { ChangePasswordForm } from "@/features/session/components/change-password-form";
import { localeOf, type PageProps } from "@/lib/i18n/page";

export default async function Page(props: PageProps) {
  await localeOf(props);
  return <Account password={<ChangePasswordForm />} />;
}
