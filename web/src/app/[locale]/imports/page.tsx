import { Suspense } from "react";
import { NewImport } from "@/features/imports/components/new-import";
import { localeOf, type PageProps } from "@/lib/i18n/page";

export default async function Page(props: PageProps) {
  await localeOf(props);
  return (
    <Suspense>
      <NewImport />
    </Suspense>
  );
}
