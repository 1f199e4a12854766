"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";
import { useCallback, useId, useRef } from "react";
import { PageHeader } from "@/components/layout/page-header";
import { paths } from "@/lib/paths";
import { useMay } from "@/lib/session/use-session";
import { useLeaveGuard } from "@/lib/use-leave-guard";
import { suppliersQuery } from "../api";
import { supplierIn } from "../reading";
import { useUploads } from "../use-uploads";
import { DropZone } from "./drop-zone";
import { RecentImports } from "./recent-imports";
import { UploadItem } from "./upload-item";

/** /imports: drop price lists, say whose they are, and see what became of the last ones. */
export function NewImport() {
  const t = useTranslations("upload");
  const may = useMay();
  const router = useRouter();
  const suppliersId = useId();
  const count = useRef(0);
  const suppliers = useQuery({ ...suppliersQuery, enabled: may("catalog.suppliers.read") });
  const names = suppliers.data?.suppliers.map((one) => one.name) ?? [];
  // One file goes on to its import by itself; several stay here, each with its link.
  const onDone = useCallback((job: { id: string }) => void (count.current === 1 && router.push(paths.import(job.id))), [router]);
  const { uploads, add, change, remove, send } = useUploads(onDone);
  const isUnderWay = uploads.some((one) => one.phase !== "done");
  useLeaveGuard(isUnderWay, t("leave"));
  const take = (files: File[]) => {
    count.current += files.length;
    add(files, (file) => supplierIn(file.name, names));
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <PageHeader title={t("title")} />
      {may("imports.jobs.write") && <DropZone onFiles={take} />}
      <datalist id={suppliersId}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {uploads.length > 0 && (
        <ul className="grid gap-3">
          {uploads.map((one) => (
            <UploadItem
              key={one.id}
              upload={one}
              suppliersId={suppliersId}
              onSupplier={(supplier) => change(one.id, { supplier })}
              onSend={() => void send(one)}
              onRemove={() => {
                count.current--;
                remove(one.id);
              }}
            />
          ))}
        </ul>
      )}
      <RecentImports />
    </div>
  );
}
