"use client";
import { type ColumnDef, type RowData, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { cn } from "@/lib/classes";
import { features } from "./features";

const ROW = 36;
/** So many rows before the last one the next page is asked for. */
const AHEAD = 200;
/** Browsers draw no element higher than some 16 million pixels. */
const HIGHEST = 15_000_000;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- columns of one table hold values of several types
export type Columns<T extends RowData> = ColumnDef<typeof features, T, any>[];

type Props<T extends RowData> = {
  label: string;
  rows: T[];
  columns: Columns<T>;
  idOf: (row: T) => string;
  /** How many there are, as far as that is known. */
  total: number;
  busy: boolean;
  /** Asks for the next page; absent while one is under way or none is left. */
  more?: () => void;
  className?: string;
};

/** A table of any length: only what is in sight is in the document, and only that is given to the table's own machinery. */
export function DataTable<T extends RowData>({ label, rows, columns, idOf, total, busy, more, className }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  const data = useMemo(() => rows.slice(first, last + 1), [rows, first, last]);
  const table = useTable({ features, data, columns, getRowId: idOf });
  useEffect(() => {
    if (more && last >= rows.length - AHEAD) more();
  }, [more, last, rows.length]);
  // No cell has a style of its own: an element with an inline style costs the browser eight times as much to restyle.
  const sizes = table.getFlatHeaders().map((header) => `minmax(${header.getSize()}px, ${header.getSize()}fr)`);
  const frame = { "--columns": sizes.join(" "), height: Math.min(virtual.getTotalSize() + ROW, HIGHEST) } as React.CSSProperties;
  const row = "grid h-9 grid-cols-(--columns) items-center";
  return (
    <div ref={scroller} tabIndex={0} role="region" aria-label={label} className={cn("overflow-auto rounded-md border outline-none focus-visible:ring-2 focus-visible:ring-primary", className)}>
      <table className="block w-max min-w-full text-sm" aria-rowcount={total + 1} aria-busy={busy} style={frame}>
        <thead className="sticky top-0 z-10 block bg-muted">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className={row} aria-rowindex={1}>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={cn("px-3 text-left font-medium", header.column.columnDef.meta?.numeric && "text-right")}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody className="block" style={{ transform: `translateY(${first * ROW}px)` }}>
          {table.getRowModel().rows.map((item) => (
            <tr key={item.id} aria-rowindex={first + item.index + 2} className={cn(row, "border-b hover:bg-muted")}>
              {item.getAllCells().map((cell) => (
                <td key={cell.id} dir={cell.column.columnDef.meta?.numeric ? undefined : "auto"} className={cell.column.columnDef.meta?.numeric ? "truncate px-3 text-right tabular-nums" : "truncate px-3 text-start"}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
