import { CircleUserRound, House, Inbox, ListChecks, Package, Upload } from "lucide-react";
import { paths } from "@/lib/paths";

/** Pages by the permission without which they are not shown. */
export const PAGES = [
  { href: paths.home, key: "home", icon: House, permission: undefined },
  { href: paths.imports, key: "imports", icon: Upload, permission: "imports.jobs.read" },
  { href: paths.inbox, key: "inbox", icon: Inbox, permission: "core.jobs.read" },
  { href: paths.jobs, key: "jobs", icon: ListChecks, permission: "core.jobs.read" },
  { href: paths.products, key: "products", icon: Package, permission: "catalog.products.read" },
  { href: paths.account, key: "account", icon: CircleUserRound, permission: undefined },
] as const;
