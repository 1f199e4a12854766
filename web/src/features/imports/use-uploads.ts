"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { keys } from "@/lib/api/keys";
import { Problem } from "@/lib/api/problem";
import type { Import } from "@/lib/api/types";
import { upload } from "./upload";

export type Upload = {
  id: number;
  file: File;
  supplier: string;
  phase: "chosen" | "sending" | "waiting" | "refused" | "done";
  sent: number;
  problem?: Problem;
  job?: Import;
};

/** A connection that was lost is tried again after so long, and as soon as the browser says that it is back. */
const PAUSES_MS = [2_000, 5_000, 15_000, 30_000];

const pause = (ms: number) =>
  new Promise<void>((go) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      removeEventListener("online", done);
      go();
    }
    addEventListener("online", done);
  });

/** An id that nobody else draws; `randomUUID` is there over TLS only. */
const drawn = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Files on their way, several at once. Nothing that was chosen is forgotten because a connection broke. */
export function useUploads(onDone: (job: Import) => void) {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const stops = useRef(new Map<number, AbortController>());
  const next = useRef(1);
  const change = useCallback((id: number, changes: Partial<Upload>) => setUploads((now) => now.map((one) => (one.id === id ? { ...one, ...changes } : one))), []);
  const add = useCallback((files: Iterable<File>, supplierOf: (file: File) => string) => {
    const added = [...files].map((file): Upload => ({ id: next.current++, file, supplier: supplierOf(file), phase: "chosen", sent: 0 }));
    setUploads((now) => [...now, ...added]);
  }, []);
  const remove = useCallback((id: number) => {
    stops.current.get(id)?.abort();
    setUploads((now) => now.filter((one) => one.id !== id));
  }, []);
  const send = useCallback(
    async ({ id, file, supplier }: Upload) => {
      const stop = new AbortController();
      const request_id = drawn();
      stops.current.set(id, stop);
      for (let attempt = 0; !stop.signal.aborted; attempt++) {
        change(id, { phase: "sending", sent: 0, problem: undefined });
        try {
          const job = await upload(file, { supplier_name: supplier.trim(), request_id }, (sent) => change(id, { sent }), stop.signal);
          change(id, { phase: "done", job });
          void client.invalidateQueries({ queryKey: keys.imports });
          return onDone(job);
        } catch (error) {
          if (error instanceof DOMException) return;
          const problem = Problem.of(error);
          const wait = PAUSES_MS[attempt];
          if (!problem.isTemporary || wait === undefined) return change(id, { phase: "refused", problem });
          change(id, { phase: "waiting", problem });
          await pause(wait);
        }
      }
    },
    [change, client, onDone],
  );
  return { uploads, add, change, remove, send };
}
