import { Problem } from "@/lib/api/problem";
import { authorized } from "@/lib/session/session";

/** Saves what an address answers as a file: a link could not send the session's token. Throws Problem. */
export async function download(address: string, name: string) {
  const response = await authorized(new Request(address));
  if (!response.ok) throw await Problem.from(response);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
