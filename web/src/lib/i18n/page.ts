import { setRequestLocale } from "next-intl/server";
import type { Locale } from "./routing";

export type PageProps = { params: Promise<{ locale: string }> };

/** Says in which language a page is built; those there are come from the layout. */
export async function localeOf({ params }: PageProps): Promise<Locale> {
  const locale = (await params).locale as Locale;
  setRequestLocale(locale);
  return locale;
}
