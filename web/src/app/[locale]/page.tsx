import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { Home } from "@/features/home/components/home";

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <Home />
    </Suspense>
  );
}
