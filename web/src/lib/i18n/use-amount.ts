"use client";
import { useFormatter } from "next-intl";
import { useCallback } from "react";
import type { Money } from "@/lib/api/types";

/** Money in the reader's way. Amounts stay text until they are shown: no digit is lost to a number. */
export function useAmount() {
  const format = useFormatter();
  return useCallback(
    (money: Money | undefined) => {
      if (!money) return "–";
      const decimals = money.amount.split(".")[1]?.replace(/0+$/, "").length ?? 0;
      return format.number(money.amount as unknown as number, {
        style: "currency",
        currency: money.currency,
        minimumFractionDigits: 2,
        maximumFractionDigits: Math.max(2, decimals),
      });
    },
    [format],
  );
}
