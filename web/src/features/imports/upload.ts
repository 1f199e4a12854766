import { Problem } from "@/lib/api/problem";
import type { Import, ProblemDocument } from "@/lib/api/types";
import { token } from "@/lib/session/session";

/** `request_id`: the same one sent again, behind a connection that broke off, is answered with the import that it began. */
export type UploadOptions = { supplier_name: string; request_id: string; force?: boolean };

/** Sends a file and starts its import. By XMLHttpRequest, as `fetch` does not say how much has gone. Throws Problem. */
export async function upload(file: File, options: UploadOptions, onProgress: (sent: number) => void, signal: AbortSignal): Promise<Import> {
  const query = new URLSearchParams({ file_name: file.name, supplier_name: options.supplier_name });
  if (options.force) query.set("force", "true");
  const bearer = await token();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/imports?${query}`);
    request.setRequestHeader("Authorization", `Bearer ${bearer}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Idempotency-Key", options.request_id);
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Import);
      else reject(new Problem(request.status, (request.response ?? {}) as Partial<ProblemDocument>));
    };
    request.onerror = () => reject(new Problem(0, {}));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
