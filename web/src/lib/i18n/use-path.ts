"use client";
import { usePathname } from "next/navigation";

/** The address as the user sees it: at build time it still has the locale that the gateway hides. */
export const usePath = () => usePathname().replace(/^\/(fr|en)(?=\/|$)/, "") || "/";

/** The id in an address such as /products/<id>: the one page that was built for all of them is called `_`. */
export const useIdInPath = () => usePath().split("/")[2] ?? "_";
