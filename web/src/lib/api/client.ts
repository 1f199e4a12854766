import createClient from "openapi-fetch";
import { authorized } from "@/lib/session/session";
import { Problem } from "./problem";
import type { paths } from "./schema";
import type { ProblemDocument } from "./types";

/** The gateway, with the types of its own document. Calls go out with the session's token. */
export const api = createClient<paths>({ baseUrl: "", fetch: authorized });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's data; throws Problem, so that nobody has to look for errors twice. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await unwrapTagged(call)).data;
}

/** The same with the version that a change can be held to. */
export async function unwrapTagged<T>(call: Promise<Answer<T>>): Promise<{ data: T; etag: string }> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw Problem.of(error);
  }
  if (!answer.response.ok || answer.data === undefined) throw new Problem(answer.response.status, (answer.error ?? {}) as Partial<ProblemDocument>);
  return { data: answer.data, etag: answer.response.headers.get("etag") ?? "" };
}
