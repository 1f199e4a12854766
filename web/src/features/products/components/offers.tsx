"use client";
import { useQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { ProblemNotice } from "@/components/data/problem-notice";
import { When } from "@/components/data/when";
import { Badge } from "@/components/ui/badge";
import { Card, CardTitle } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/classes";
import type { Offer, Product } from "@/lib/api/types";
import { useAmount } from "@/lib/i18n/use-amount";
import { useWords } from "@/lib/i18n/use-words";
import { useMay } from "@/lib/session/use-session";
import { clipped } from "@/lib/text";
import { offersQuery, suppliersQuery } from "../api";

const FIELDS = ["ref", "gtin", "title", "brand", "category", "mpn", "price", "stock", "pack_size"] as const;

/** What each supplier says, side by side; the one that the product follows is marked. */
export function Offers({ product }: { product: Product }) {
  const t = useTranslations("products");
  const words = useWords();
  const format = useFormatter();
  const amount = useAmount();
  const may = useMay();
  const list = useQuery(offersQuery(product.id));
  const suppliers = useQuery({ ...suppliersQuery, enabled: may("catalog.suppliers.read") });
  const nameOf = (id: string) => suppliers.data?.suppliers.find((one) => one.id === id)?.name ?? id;
  const offers = list.data?.offers ?? [];
  const isWinner = (offer: Offer) => offer.id === product.winning_offer_id;
  const cell = (offer: Offer, field: (typeof FIELDS)[number]) => {
    if (field === "price") return amount(offer.price);
    const value = offer[field];
    return typeof value === "number" ? format.number(value) : value;
  };
  return (
    <Card>
      <CardTitle>{t("offers")}</CardTitle>
      {list.error && <ProblemNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton className="h-32" />}
      {list.data && offers.length === 0 && <p className="text-sm text-muted-foreground">{t("noOffers")}</p>}
      {offers.length > 0 && (
        <div className="overflow-auto" tabIndex={0} role="region" aria-label={t("offers")}>
          <table className="text-sm" data-offers>
            <thead>
              <tr>
                <td />
                {offers.map((offer) => (
                  <th key={offer.id} scope="col" dir="auto" className={cn("min-w-48 px-3 py-2 text-start align-top", isWinner(offer) && "bg-good-soft")}>
                    {nameOf(offer.supplier_id)} {isWinner(offer) && <Badge tone="good">{t("winner")}</Badge>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {FIELDS.filter((field) => field !== "price" || may("catalog.prices.read")).map((field) => (
                <tr key={field} className="border-t">
                  <th scope="row" className="px-3 py-1 text-left font-medium whitespace-nowrap text-muted-foreground">
                    {words("fields", field)}
                  </th>
                  {offers.map((offer) => (
                    <td key={offer.id} dir="auto" className={cn("max-w-72 px-3 py-1 break-words", isWinner(offer) && "bg-good-soft")}>
                      {clipped(cell(offer, field) || "–", 500)}
                    </td>
                  ))}
                </tr>
              ))}
              <tr className="border-t">
                <th scope="row" className="px-3 py-1 text-left font-medium text-muted-foreground">
                  {t("delivered")}
                </th>
                {offers.map((offer) => (
                  <td key={offer.id} className={cn("px-3 py-1", isWinner(offer) && "bg-good-soft")}>
                    <When time={offer.update_time} /> {offer.file_row > 0 && t("fileRow", { n: offer.file_row })}
                  </td>
                ))}
              </tr>
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
