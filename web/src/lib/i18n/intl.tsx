"use client";
import { type AbstractIntlMessages, NextIntlClientProvider } from "next-intl";
import { use } from "react";
import type { Locale } from "./routing";

const load = {
  en: () => import("../../../messages/en.json"),
  fr: () => import("../../../messages/fr.json"),
} satisfies Record<Locale, () => Promise<{ default: AbstractIntlMessages }>>;
const loading: Partial<Record<Locale, Promise<{ default: AbstractIntlMessages }>>> = {};
// No time is in a page when it is built: what is seen is always in the zone of who looks.
const ZONE = typeof window === "undefined" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The texts come as a file of their own that the browser keeps, not inside every page and every navigation. */
export function Texts({ locale, children }: { locale: Locale; children: React.ReactNode }) {
  const { default: messages } = use((loading[locale] ??= load[locale]()));
  return (
    <NextIntlClientProvider locale={locale} messages={messages} timeZone={ZONE}>
      {children}
    </NextIntlClientProvider>
  );
}
