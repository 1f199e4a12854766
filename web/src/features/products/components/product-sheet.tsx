"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import Link from "next/link";
import { toast } from "sonner";
import { ProblemNotice } from "@/components/data/problem-notice";
import { PageHeader } from "@/components/layout/page-header";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { keys } from "@/lib/api/keys";
import { useAmount } from "@/lib/i18n/use-amount";
import { useIdInPath } from "@/lib/i18n/use-path";
import { paths } from "@/lib/paths";
import { useMay } from "@/lib/session/use-session";
import { productQuery, restoreProduct, trashProduct } from "../api";
import { EditForm } from "./edit-form";
import { History } from "./history";
import { Offers } from "./offers";

/** /products/<id>: what the shop says of a product, whose word that is, and how it came to be. */
export function ProductSheet() {
  const id = useIdInPath();
  return <Sheet key={id} id={id} />;
}

function Sheet({ id }: { id: string }) {
  const t = useTranslations("products");
  const format = useFormatter();
  const amount = useAmount();
  const may = useMay();
  const client = useQueryClient();
  const query = useQuery(productQuery(id));
  const again = () => client.invalidateQueries({ queryKey: keys.products });
  const restore = useMutation({ mutationFn: () => restoreProduct(id), onSettled: again });
  const trash = useMutation({
    mutationFn: () => trashProduct(id),
    onSettled: again,
    onSuccess: () => toast.success(t("trashed"), { action: { label: t("undo"), onClick: () => restore.mutate() } }),
  });
  if (query.error && !query.data) return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton className="h-96" />;
  const { product } = query.data;
  const isTrashed = product.state === "STATE_TRASHED";
  const mayWrite = may("catalog.products.write");
  return (
    <article className="grid max-w-6xl grid-cols-[minmax(0,1fr)] gap-4">
      <Link href={paths.products} className="justify-self-start text-sm underline">
        {t("back")}
      </Link>
      <PageHeader title={product.title || t("untitled")}>
        {isTrashed && <Badge tone="bad">{t("inTrash")}</Badge>}
        {mayWrite && !isTrashed && (
          <Button variant="danger" size="sm" disabled={trash.isPending} onClick={() => trash.mutate()}>
            {t("trash")}
          </Button>
        )}
        {mayWrite && isTrashed && (
          <Button size="sm" disabled={restore.isPending} onClick={() => restore.mutate()}>
            {t("restore")}
          </Button>
        )}
      </PageHeader>
      {[trash.error, restore.error].filter(Boolean).map((error, at) => (
        <ProblemNotice key={at} error={error} />
      ))}
      <p className="text-sm text-muted-foreground tabular-nums">
        {[product.price && amount(product.price), product.stock !== undefined && t("pieces", { n: product.stock }), t("offersCount", { n: product.offer_count }), t("version", { n: format.number(product.version) })]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <EditForm key={isTrashed ? "trash" : "form"} tagged={query.data} canEdit={mayWrite && !isTrashed} />
      <Offers product={product} />
      <History id={id} />
    </article>
  );
}
