import { Suspense } from "react";
import { ProductSheet } from "@/features/products/components/product-sheet";
import { localeOf, type PageProps } from "@/lib/i18n/page";

// One page is built for all of them: the gateway answers every /products/<id> with it, and the page reads its address.
export const generateStaticParams = () => (process.env.NODE_ENV === "development" ? [] : [{ id: "_" }]);

export default async function Page(props: PageProps) {
  await localeOf(props);
  return (
    <Suspense>
      <ProductSheet />
    </Suspense>
  );
}
