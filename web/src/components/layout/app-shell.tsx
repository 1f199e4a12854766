"use client";
import { Languages, LogOut, Moon, Search } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";
import { chooseLocale } from "@/lib/i18n/routing";
import { usePath } from "@/lib/i18n/use-path";
import { signOut } from "@/lib/session/session";
import { useMay, useMe } from "@/lib/session/use-session";
import { LiveLamp } from "./live-lamp";
import { PAGES } from "./navigation";

// Only who asks for the palette loads it.
const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette), { ssr: false });

function toggleTheme() {
  localStorage.theme = document.documentElement.classList.toggle("dark") ? "dark" : "light";
}

/** Navigation beside the page. */
export function AppShell({ children }: { children: React.ReactNode }) {
  const t = useTranslations("app");
  const locale = useLocale();
  const path = usePath();
  const me = useMe();
  const may = useMay();
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setPalette(true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const pages = PAGES.filter(({ permission }) => !permission || may(permission));
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] md:grid-cols-[14rem_minmax(0,1fr)] md:grid-rows-1">
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-primary focus:p-2 focus:text-primary-foreground">
        {t("skip")}
      </a>
      <nav aria-label={t("navigation")} className="flex flex-wrap gap-1 border-b p-3 md:sticky md:top-0 md:h-dvh md:flex-col md:flex-nowrap md:border-r md:border-b-0">
        <span className="hidden px-3 py-2 font-semibold md:block">{t("name")}</span>
        {pages.map(({ href, key, icon: Icon }) => {
          const here = href === "/" ? path === "/" : path.startsWith(href);
          return (
            <Link key={href} href={href} aria-current={here ? "page" : undefined} className={cn("flex items-center gap-2 rounded-md px-3 py-2 text-sm hover:bg-muted", here && "bg-muted font-medium")}>
              <Icon className="size-4" aria-hidden /> {t(key)}
            </Link>
          );
        })}
        <div className="ml-auto flex flex-wrap items-center gap-1 md:mt-auto md:ml-0">
          <LiveLamp />
          <Button variant="ghost" size="icon" aria-label={t("palette")} title={t("paletteKeys")} onClick={() => setPalette(true)}>
            <Search />
          </Button>
          <Button variant="ghost" size="icon" aria-label={t("theme")} title={t("theme")} onClick={toggleTheme}>
            <Moon />
          </Button>
          <Button variant="ghost" size="sm" lang={locale === "fr" ? "en" : "fr"} onClick={() => chooseLocale(locale === "fr" ? "en" : "fr")}>
            <Languages aria-hidden /> {t("otherLanguage")}
          </Button>
          <Button variant="ghost" size="sm" onClick={() => void signOut()} title={me?.user.username}>
            <LogOut aria-hidden /> {t("signOut")}
          </Button>
        </div>
      </nav>
      <main id="main" className="min-w-0 p-4 md:p-6">
        {children}
      </main>
      {palette && <CommandPalette open={palette} onOpenChange={setPalette} pages={pages.map(({ href, key }) => ({ href, label: t(key) }))} />}
    </div>
  );
}
