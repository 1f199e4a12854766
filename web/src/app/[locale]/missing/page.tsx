import { setRequestLocale } from "next-intl/server";
import { Missing } from "@/components/layout/missing";

// The gateway answers with it, as 404, where there is no page.
export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return <Missing />;
}
