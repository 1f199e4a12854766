import { createParser } from "eventsource-parser";
import { Problem } from "@/lib/api/problem";
import { authorized } from "@/lib/session/session";

export type Told = { name: string; data: unknown; id: string };

/** Server-sent events over fetch, since EventSource can't send a token. Ends with the stream; throws Problem. */
export async function listen(lastId: string, onTold: (told: Told) => void, signal: AbortSignal) {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId) headers["Last-Event-ID"] = lastId;
  const answer = await authorized(new Request("/api/v1/live", { headers, signal, cache: "no-store" }));
  if (!answer.ok || !answer.body) throw await Problem.from(answer);
  const parser = createParser({ onEvent: (event) => onTold({ name: event.event ?? "message", data: JSON.parse(event.data) as unknown, id: event.id ?? "" }) });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) parser.feed(part.value);
}
