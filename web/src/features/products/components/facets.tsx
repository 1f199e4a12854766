"use client";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";
import type { FacetCounts } from "@/lib/api/types";
import type { Filter } from "../api";
import type { FilterChange } from "../use-filter";

type Props = { counts: FacetCounts[]; filter: Filter; onChange: (change: FilterChange) => void };
const FIELDS = { FACET_BRAND: "brand_id", FACET_CATEGORY: "category_id", FACET_SUPPLIER: "supplier_id" } as const;

/** What matches, counted; a value that is pressed is a filter, pressed again it is none. */
export function Facets({ counts, filter, onChange }: Props) {
  const t = useTranslations("products");
  const format = useFormatter();
  // Where there is room they are always there.
  const [isOpen, setIsOpen] = useState(false);
  const isOn = (facet: FacetCounts["facet"], value: string) => (facet === "FACET_STOCK" ? String(filter.in_stock) === value : facet in FIELDS && filter[FIELDS[facet as keyof typeof FIELDS]] === value);
  const toggle = (facet: FacetCounts["facet"], value: string) => {
    const off = isOn(facet, value);
    if (facet === "FACET_STOCK") onChange({ in_stock: off ? undefined : value === "true" });
    else if (facet in FIELDS) onChange({ [FIELDS[facet as keyof typeof FIELDS]]: off ? undefined : value });
  };
  return (
    <div className="grid min-h-0 content-start gap-2">
      <Button variant="outline" size="sm" className="justify-self-start lg:hidden" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        {t("filters")}
      </Button>
      <aside aria-label={t("filters")} className={cn("min-h-0 content-start gap-4 overflow-auto pr-2 max-lg:max-h-60 lg:grid", isOpen ? "grid" : "hidden")}>
      {counts.map((one) => (
        <section key={one.facet} className="grid gap-1" aria-label={t(one.facet)}>
          <h2 className="text-sm font-semibold">
            {t(one.facet)} {one.approximate && <span className="font-normal text-muted-foreground">{t("estimated")}</span>}
          </h2>
          {one.values.map((value) => (
            <button
              key={value.value}
              type="button"
              aria-pressed={isOn(one.facet, value.value)}
              onClick={() => toggle(one.facet, value.value)}
              className={cn("flex justify-between gap-2 rounded-md px-2 py-1 text-left text-sm hover:bg-muted", isOn(one.facet, value.value) && "bg-primary text-primary-foreground hover:bg-primary/90")}
            >
              <span dir="auto" className="truncate">
                {one.facet === "FACET_STOCK" ? t(value.value === "true" ? "inStock" : "notInStock") : value.label}
              </span>
              <span className="tabular-nums">{format.number(value.count)}</span>
            </button>
          ))}
        </section>
      ))}
      </aside>
    </div>
  );
}
