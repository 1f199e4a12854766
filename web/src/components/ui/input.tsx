import { cn } from "@/lib/classes";

const LOOK = "w-full rounded-md border bg-background px-3 text-sm outline-none focus-visible:ring-2 focus-visible:ring-primary aria-invalid:border-bad disabled:opacity-60";

export function Input({ className, ...props }: React.ComponentProps<"input">) {
  return <input className={cn(LOOK, "h-9", className)} {...props} />;
}

export function TextArea({ className, ...props }: React.ComponentProps<"textarea">) {
  return <textarea className={cn(LOOK, "min-h-24 py-2", className)} {...props} />;
}

/** The browser's own: it is the one that every keyboard, reader and phone knows. */
export function Select({ className, ...props }: React.ComponentProps<"select">) {
  return <select className={cn(LOOK, "h-9 pr-2", className)} {...props} />;
}
