import type { QueryClient } from "@tanstack/react-query";
import { keys } from "@/lib/api/keys";
import type { Job } from "@/lib/api/types";
import type { Told } from "./stream";

/** What is told is read anew at most so often, however much is told; the catalogue is large, and an import changes it for minutes. */
const CALM_MS = 700;
const CALM_CATALOGUE_MS = 3_000;
/** A list of more pages is left as it stands while somebody scrolls it, and read anew when it is asked for again. */
const PAGES = 3;

type Changes = { changes: { product_id: string }[] };
const SUBJECTS: Record<string, readonly (readonly string[])[]> = {
  jobs: [keys.jobs, keys.imports],
  products: [keys.products],
  notifications: [keys.notifications],
};

const pagesOf = (data: unknown) => (typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages) ? data.pages.length : 0);

/** Turns what is told into what is no longer true of that which was read. */
export function updates(client: QueryClient) {
  const due = new Map<string, readonly unknown[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    for (const queryKey of due.values()) {
      void client.invalidateQueries({ queryKey, refetchType: "none" });
      void client.refetchQueries({ queryKey, type: "active", predicate: (query) => pagesOf(query.state.data) <= PAGES });
    }
    due.clear();
  };
  const stale = (...many: (readonly unknown[])[]) => {
    for (const key of many) due.set(key.join("/"), key);
    timer ??= setTimeout(flush, many.every(([subject]) => subject === keys.products[0]) ? CALM_CATALOGUE_MS : CALM_MS);
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
