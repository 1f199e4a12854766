"use client";
import { useFormatter } from "next-intl";

/** A moment, in the reader's zone and way. */
export function When({ time }: { time: string | undefined }) {
  const format = useFormatter();
  if (!time) return <>–</>;
  const date = new Date(time);
  return (
    <time dateTime={time} title={format.dateTime(date, { dateStyle: "full", timeStyle: "long" })}>
      {format.dateTime(date, { dateStyle: "short", timeStyle: "short" })}
    </time>
  );
}
