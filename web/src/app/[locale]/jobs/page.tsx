import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { Jobs } from "@/features/jobs/components/jobs";

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <Jobs />
    </Suspense>
  );
}
