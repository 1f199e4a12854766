import type messages from "./messages/en.json";
import type { Locale } from "./src/lib/i18n/routing";

declare module "next-intl" {
  interface AppConfig {
    Messages: typeof messages;
    Locale: Locale;
  }
}
