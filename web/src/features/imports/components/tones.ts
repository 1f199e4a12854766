import type { Tone } from "@/components/ui/badge";

const TONES: Record<string, Tone> = { applied: "good", done: "good", held: "warn", waiting: "warn", planned: "warn", stale: "warn", paused: "warn", failed: "bad", cancelled: "plain" };

export const toneOf = (state: string): Tone => TONES[state] ?? "plain";
