import type { ProblemDocument } from "./types";

/** What the gateway refused or could not do (RFC 9457). `status` 0: nothing answered. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly traceId: string;
  readonly violations: Record<string, string>;
  readonly metadata: Record<string, string>;

  constructor(status: number, said: Partial<ProblemDocument>) {
    super(said.detail ?? "");
    this.name = "Problem";
    this.status = status;
    this.reason = said.reason ?? (status ? `HTTP_${status}` : "UNREACHABLE");
    this.traceId = said.trace_id ?? "";
    this.violations = Object.fromEntries((said.violations ?? []).map(({ field, description }) => [field, description]));
    this.metadata = said.metadata ?? {};
  }

  /** The same request may succeed in a moment. */
  get isTemporary() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }

  get isConflict() {
    return this.reason === "VERSION_CONFLICT";
  }

  static of(error: unknown): Problem {
    return error instanceof Problem ? error : new Problem(0, { detail: error instanceof Error ? error.message : String(error) });
  }

  static async from(response: Response): Promise<Problem> {
    const said = (await response.json().catch(() => ({}))) as Partial<ProblemDocument>;
    return new Problem(response.status, typeof said === "object" && said !== null ? said : {});
  }
}
