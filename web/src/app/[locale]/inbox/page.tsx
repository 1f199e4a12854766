import { Suspense } from "react";
import { Inbox } from "@/features/imports/components/inbox";
import { localeOf, type PageProps } from "@/lib/i18n/page";

export default async function Page(props: PageProps) {
  await localeOf(props);
  return (
    <Suspense>
      <Inbox />
    </Suspense>
  );
}
