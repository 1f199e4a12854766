"use client";
import { cn } from "@/lib/classes";

type Props<T extends string> = { label: string; value: T; onChange: (value: T) => void; options: { value: T; label: string; count?: string }[] };

/** One of a few, beside each other: filters and views of one thing. */
export function Choice<T extends string>({ label, value, onChange, options }: Props<T>) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap gap-1">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cn(
            "rounded-md border px-3 py-1 text-sm outline-none hover:bg-muted focus-visible:ring-2 focus-visible:ring-primary",
            option.value === value && "border-primary bg-primary text-primary-foreground hover:bg-primary/90",
          )}
        >
          {option.label}
          {option.count !== undefined && <span className="ml-2 tabular-nums">{option.count}</span>}
        </button>
      ))}
    </div>
  );
}
