/** What the tabs of one browser tell each other of their common session. */
export type Told = { kind: "token"; token: string; until: number; user: string } | { kind: "out" };

const channel = typeof window === "undefined" || typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("pm_session");

/** To all tabs but this one. */
export const announce = (told: Told) => channel?.postMessage(told);

export const hear = (listener: (told: Told) => void) => channel?.addEventListener("message", (event: MessageEvent<Told>) => listener(event.data));
