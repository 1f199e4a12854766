import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { ImportPage } from "@/features/imports/components/import-page";

// One page is built for all of them: the gateway answers every /imports/<id> with it, and the page reads its address.
export const generateStaticParams = () => (process.env.NODE_ENV === "development" ? [] : [{ id: "_" }]);

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <ImportPage />
    </Suspense>
  );
}
