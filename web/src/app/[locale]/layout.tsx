import "../globals.css";
import type { Metadata } from "next";
import { AppShell } from "@/components/layout/app-shell";
import { SessionGate } from "@/features/session/components/session-gate";
import { Texts } from "@/lib/i18n/intl";
import { localeOf, type PageProps } from "@/lib/i18n/page";
import { LOCALES } from "@/lib/i18n/routing";
import { Providers } from "@/lib/providers";

export const metadata: Metadata = { title: { default: "ProductsManager", template: "%s · ProductsManager" } };
export const dynamicParams = false;
export const generateStaticParams = () => LOCALES.map((locale) => ({ locale }));

// Runs before the first paint, so that a dark page never flashes white.
const THEME = `document.documentElement.classList.toggle("dark",localStorage.theme==="dark"||(!localStorage.theme&&matchMedia("(prefers-color-scheme: dark)").matches))`;

export default async function RootLayout({ children, params }: PageProps & { children: React.ReactNode }) {
  const locale = await localeOf({ params });
  return (
    <html lang={locale} suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: THEME }} />
      </head>
      <body>
        <Texts locale={locale}>
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
