import { Suspense } from "react";
import { Home } from "@/features/home/components/home";
import { localeOf, type PageProps } from "@/lib/i18n/page";

export default async function Page(props: PageProps) {
  await localeOf(props);
  return (
    <Suspense>
      <Home />
    </Suspense>
  );
}
