import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/lib/api/keys";
import type { Job } from "@/lib/api/types";
import type { Told } from "./stream";

/** Lists are read anew at most so often, however much is told. */
const CALM_MS = 700;

type Changes = { changes: { product_id: string }[] };
const SUBJECTS: Record<string, readonly (readonly string[])[]> = {
  jobs: [keys.jobs, keys.imports],
  products: [keys.products],
  notifications: [keys.notifications],
};

/** Turns what is told into what is no longer true of that which was read. */
export function updates(client: QueryClient) {
  const due = new Map<string, readonly unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    for (const queryKey of due.values()) void client.invalidateQueries({ queryKey });
    due.clear();
  };
  const stale = (...many: (readonly unknown[])[]) => {
    for (const key of many) due.set(key.join("/"), key);
    timer ??= setTimeout(flush, CALM_MS);
  };
  return ({ name, data }: Told) => {
    switch (name) {
      case "begin":
        // What was read before the stream began may have changed in between.
        return stale(...((data as { subjects: string[] }).subjects.flatMap((subject) => SUBJECTS[subject] ?? [])));
      case "reload":
        return stale(...(SUBJECTS[(data as { subject: string }).subject] ?? []));
      case "job": {
        const job = data as Job;
        client.setQueryData<Job>(keys.job(job.id), (known) => ({ ...known, ...job }));
        return stale([...keys.jobs, "list"], keys.import(job.id), [...keys.imports, "list"]);
      }
      case "products":
        return stale([...keys.products, "list"], ...(data as Changes).changes.map((change) => keys.product(change.product_id)));
      case "notification":
        return stale(keys.notifications);
      case "unread":
        return void client.setQueryData(keys.unread, (data as { unread_count: number }).unread_count);
    }
  };
}
