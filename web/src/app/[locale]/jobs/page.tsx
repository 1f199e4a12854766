import { Suspense } from "react";
import { Jobs } from "@/features/jobs/components/jobs";
import { localeOf, type PageProps } from "@/lib/i18n/page";

export default async function Page(props: PageProps) {
  await localeOf(props);
  return (
    <Suspense>
      <Jobs />
    </Suspense>
  );
}
