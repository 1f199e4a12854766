"use client";
import { Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { cn } from "@/lib/classes";

/** Takes files by mouse, keyboard or drop. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const t = useTranslations("upload");
  const id = useId();
  const [isOver, setIsOver] = useState(false);
  return (
    <label
      htmlFor={id}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
      className={cn("grid cursor-pointer place-items-center gap-2 rounded-lg border-2 border-dashed p-8 text-center focus-within:ring-2 focus-within:ring-primary", isOver && "border-primary bg-muted")}
    >
      <Upload aria-hidden className="size-8 text-muted-foreground" />
      <span className="font-medium">{t("drop")}</span>
      <span className="text-sm text-muted-foreground">{t("formats")}</span>
      <input
        id={id}
        type="file"
        multiple
        className="sr-only"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
    </label>
  );
}
