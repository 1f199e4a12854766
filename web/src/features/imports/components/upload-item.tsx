"use client";
import { useFormatter, useTranslations } from "next-intl";
import Link from "next/link";
import { ProblemNotice } from "@/components/data/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Progress } from "@/components/ui/progress";
import { paths } from "@/lib/paths";
import type { Upload } from "../use-uploads";

type Props = { upload: Upload; suppliersId: string; onSupplier: (name: string) => void; onSend: () => void; onRemove: () => void };

/** One file: whose it is, how much of it has gone, and what came of it. */
export function UploadItem({ upload, suppliersId, onSupplier, onSend, onRemove }: Props) {
  const t = useTranslations("upload");
  const format = useFormatter();
  const { file, phase, sent, supplier, problem, job } = upload;
  const isOnItsWay = phase === "sending" || phase === "waiting";
  const megabytes = (bytes: number) => format.number(bytes / 1_000_000, { maximumFractionDigits: bytes < 10_000_000 ? 2 : 0 });
  return (
    <li className="grid gap-3 rounded-lg border bg-card p-4">
      <p className="flex flex-wrap justify-between gap-2">
        <span dir="auto" className="font-medium break-all">
          {file.name}
        </span>
        <span className="text-sm text-muted-foreground tabular-nums">{isOnItsWay ? t("sentOf", { sent: megabytes(sent), total: megabytes(file.size) }) : t("size", { size: megabytes(file.size) })}</span>
      </p>
      {(phase === "chosen" || phase === "refused") && (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            onSend();
          }}
        >
          <div className="min-w-56 flex-1">
            <Field label={t("supplier")} hint={t("supplierHint")}>
              {(given) => <Input {...given} list={suppliersId} required maxLength={200} value={supplier} onChange={(event) => onSupplier(event.target.value)} />}
            </Field>
          </div>
          <Button type="submit" disabled={!supplier.trim()}>
            {t(phase === "refused" ? "again" : "send")}
          </Button>
          <Button variant="outline" onClick={onRemove}>
            {t("remove")}
          </Button>
        </form>
      )}
      {isOnItsWay && (
        <>
          <Progress label={t("sending", { file: file.name })} done={sent} total={file.size} />
          {phase === "waiting" && (
            <p role="status" className="text-sm text-warn">
              {t("lost")}
            </p>
          )}
          <Button variant="outline" size="sm" className="justify-self-start" onClick={onRemove}>
            {t("stop")}
          </Button>
        </>
      )}
      {phase === "refused" && <ProblemNotice error={problem} />}
      {job && (
        <Link href={paths.import(job.id)} prefetch={false} className="text-sm underline">
          {t("open")}
        </Link>
      )}
    </li>
  );
}
