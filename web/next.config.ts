import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";
import createNextIntlPlugin from "next-intl/plugin";

const withNextIntl = createNextIntlPlugin("./src/lib/i18n/request.ts");
const GATEWAY = process.env.PM_URL ?? "http://127.0.0.1:8080";

const shared: NextConfig = {
  outputFileTracingRoot: import.meta.dirname,
  poweredByHeader: false,
  // Of the sources, so that replicas agree.
  generateBuildId: () => process.env.PM_WEB_BUILD ?? null,
  reactStrictMode: true,
  images: { unoptimized: true },
  // Gates of their own: whoever only wants the screens need not wait for them.
  eslint: { ignoreDuringBuilds: true },
  typescript: { ignoreBuildErrors: process.env.PM_WEB_SKIP_TYPES === "1" },
};

// What the gateway does in production, for `next dev` alone: pages without a locale in their address, and the API beside them.
const PAGE = "/:path((?!(?:fr|en)(?:/|$)|api/|_next/|__next|.*\\..*).*)";
const development: NextConfig = {
  // Compressing would hold server-sent events back.
  compress: false,
  rewrites: async () => ({
    beforeFiles: [
      { source: PAGE, has: [{ type: "cookie", key: "pm_locale", value: "fr" }], destination: "/fr/:path" },
      { source: PAGE, destination: "/en/:path" },
    ],
    afterFiles: [{ source: "/api/:path*", destination: `${GATEWAY}/api/:path*` }],
    fallback: [],
  }),
};

export default (phase: string) => withNextIntl(phase === PHASE_DEVELOPMENT_SERVER ? { ...shared, ...development } : { ...shared, output: "export" });
