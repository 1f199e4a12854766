"use client";
import { useTranslations } from "next-intl";
import { useCallback } from "react";

type Loose = { (key: string): string; has(key: string): boolean };

/** Words for what the API names, such as `words("fields", "gtin")`; a name that nobody has put into words yet is shown as it is. */
export function useWords() {
  const t = useTranslations() as unknown as Loose;
  return useCallback(
    (group: "fields" | "reasons" | "states" | "kinds" | "stages" | "rowKinds" | "doubts" | "outcomes" | "problems", name: string) => {
      const key = `${group}.${name.replaceAll(".", "_")}`;
      return t.has(key) ? t(key) : name;
    },
    [t],
  );
}
