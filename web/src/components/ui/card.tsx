import { cn } from "@/lib/classes";

export function Card({ className, ...props }: React.ComponentProps<"section">) {
  return <section className={cn("grid min-w-0 gap-3 rounded-lg border bg-card p-4", className)} {...props} />;
}

export function CardTitle({ className, children, ...props }: React.ComponentProps<"h2">) {
  return (
    <h2 className={cn("font-semibold", className)} {...props}>
      {children}
    </h2>
  );
}
