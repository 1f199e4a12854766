import { hasLocale } from "next-intl";
import { getRequestConfig } from "next-intl/server";
import { DEFAULT_LOCALE, LOCALES } from "./routing";

export default getRequestConfig(async ({ requestLocale }) => {
  const asked = await requestLocale;
  const locale = hasLocale(LOCALES, asked) ? asked : DEFAULT_LOCALE;
  return { locale, timeZone: "UTC", messages: (await import(`../../../messages/${locale}.json`)).default };
});
