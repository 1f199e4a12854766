import { Missing } from "@/components/layout/missing";
import { localeOf, type PageProps } from "@/lib/i18n/page";

// The gateway answers with it, as 404, where there is no page.
export default async function Page(props: PageProps) {
  await localeOf(props);
  return <Missing />;
}
