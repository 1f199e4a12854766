import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { Inbox } from "@/features/imports/components/inbox";

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <Inbox />
    </Suspense>
  );
}
