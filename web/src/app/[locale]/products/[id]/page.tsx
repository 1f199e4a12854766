import { setRequestLocale } from "next-intl/server";
import { Suspense } from "react";
import { ProductSheet } from "@/features/products/components/product-sheet";

// One page is built for all of them: the gateway answers every /products/<id> with it, and the page reads its address.
export const generateStaticParams = () => (process.env.NODE_ENV === "development" ? [] : [{ id: "_" }]);

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  setRequestLocale((await params).locale);
  return (
    <Suspense>
      <ProductSheet />
    </Suspense>
  );
}
