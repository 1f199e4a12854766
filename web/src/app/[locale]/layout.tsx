import "../globals.css";
import type { Metadata } from "next";
import { setRequestLocale } from "next-intl/server";
import { AppShell } from "@/components/layout/app-shell";
import { SessionGate } from "@/features/session/components/session-gate";
import { Texts } from "@/lib/i18n/intl";
import { LOCALES, type Locale } from "@/lib/i18n/routing";
import { Providers } from "@/lib/providers";

export const metadata: Metadata = { title: { default: "ProductsManager", template: "%s · ProductsManager" } };
export const dynamicParams = false;
export const generateStaticParams = () => LOCALES.map((locale) => ({ locale }));

// Runs before the first paint, so that a dark page never flashes white.
const THEME = `document.documentElement.classList.toggle("dark",localStorage.theme==="dark"||(!localStorage.theme&&matchMedia("(prefers-color-scheme: dark)").matches))`;

export default async function RootLayout({ children, params }: { children: React.ReactNode; params: Promise<{ locale: string }> }) {
  const { locale } = await params;
  setRequestLocale(locale);
  return (
    <html lang={locale} suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: THEME }} />
      </head>
      <body>
        <Texts locale={locale as Locale}>
          <Providers>
            <SessionGate>
              <AppShell>{children}</AppShell>
            </SessionGate>
          </Providers>
        </Texts>
      </body>
    </html>
  );
}
