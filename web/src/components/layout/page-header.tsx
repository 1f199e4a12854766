/** The title of a page, and what can be done on all of it. */
export function PageHeader({ title, children }: { title: React.ReactNode; children?: React.ReactNode }) {
  return (
    <header className="flex flex-wrap items-center justify-between gap-3">
      <h1 dir="auto" className="min-w-0 text-2xl font-semibold break-words">
        {title}
      </h1>
      <div className="flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}
