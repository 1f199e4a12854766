/** `total` 0: not known yet. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  const share = total > 0 ? Math.min(100, (100 * done) / total) : undefined;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share)}
      className="h-2 overflow-hidden rounded-full bg-muted"
    >
      <div className={share === undefined ? "h-2 w-1/3 animate-pulse rounded-full bg-primary" : "h-2 rounded-full bg-primary transition-[width]"} style={share === undefined ? undefined : { width: `${share}%` }} />
    </div>
  );
}
