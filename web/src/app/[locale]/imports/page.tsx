import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { NewImport } from "@/features/imports/components/new-import";

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <NewImport />
    </Suspense>
  );
}
