"use client";
import { Command } from "cmdk";
import { useTranslations } from "next-intl";
import { useRouter } from "next/navigation";

type Props = { open: boolean; onOpenChange: (open: boolean) => void; pages: { href: string; label: string }[] };

export function CommandPalette({ open, onOpenChange, pages }: Props) {
  const t = useTranslations("app");
  const router = useRouter();
  const go = (href: string) => {
    onOpenChange(false);
    router.push(href);
  };
  return (
    <Command.Dialog
      open={open}
      onOpenChange={onOpenChange}
      label={t("palette")}
      overlayClassName="fixed inset-0 z-50 bg-black/50"
      contentClassName="fixed top-24 left-1/2 z-50 w-[calc(100%-2rem)] max-w-lg -translate-x-1/2 rounded-lg border bg-background p-2 shadow-lg"
    >
      <Command.Input placeholder={t("palette")} className="w-full border-b bg-transparent px-3 py-2 text-sm outline-none" />
      <Command.List className="max-h-80 overflow-auto p-1">
        <Command.Empty className="p-3 text-sm text-muted-foreground">{t("nothing")}</Command.Empty>
        {pages.map(({ href, label }) => (
          <Command.Item key={href} onSelect={() => go(href)} className="rounded-md px-3 py-2 text-sm data-[selected=true]:bg-muted">
            {label}
          </Command.Item>
        ))}
      </Command.List>
    </Command.Dialog>
  );
}
