import { Problem } from "@/lib/api/problem";
import type { LoginResponse, Me } from "@/lib/api/types";
import { announce, hear } from "./tabs";

/**
 * Who is signed in. The access token lives in this tab's memory, the refresh token in a cookie that no script reads.
 *
 * begins   nobody has looked yet     out       nobody is signed in
 * in       `me` is                   expired   the session ended while `me` was at work: what is on the screen stays
 */
export type Session = { phase: "begins" | "out" } | { phase: "in" | "expired"; me: Me };

/** A token is renewed so long before its end, so that it lives through a call. */
const RENEW_MS = 30_000;
/** That a session may be there: without it nobody is asked, and nothing is refused in vain. */
const MARK = "pm_signed_in";
const BEGINS: Session = { phase: "begins" };

let session: Session = BEGINS;
let held: { token: string; until: number } | undefined;
let renewing: Promise<void> | undefined;
const watchers = new Set<() => void>();
const waiting = new Set<() => void>();

export const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
};
export const current = (): Session => session;
export const atBuild = (): Session => BEGINS;

function become(next: Session) {
  session = next;
  if (next.phase === "in") {
    for (const go of waiting) go();
    waiting.clear();
  }
  for (const watcher of watchers) watcher();
}

async function post(path: string, body: object): Promise<Response> {
  const response = await fetch(`/api/v1/auth/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch((error: unknown) => {
    throw Problem.of(error);
  });
  if (!response.ok) throw await Problem.from(response);
  return response;
}

async function keep(response: Response) {
  const answer = (await response.json()) as LoginResponse;
  held = { token: answer.access_token, until: Date.now() + answer.expires_in * 1000 };
  localStorage.setItem(MARK, "1");
}

/** The other tabs need not ask for what is known here. */
function tell() {
  if (held && "me" in session) announce({ kind: "token", ...held, user: session.me.user.id });
}

function forget() {
  held = undefined;
  localStorage.removeItem(MARK);
}

/** Alone among the tabs, where the browser can: each renewal replaces the cookie. */
const alone = async (work: () => Promise<void>) => (navigator.locks ? navigator.locks.request("pm_session", work) : work());

/** Throws Problem: 401 when there is no session any more, anything temporary when that can't be known now. */
function renew(): Promise<void> {
  renewing ??= alone(async () => {
    // Another tab may have done it meanwhile.
    if (isFresh()) return;
    await keep(await post("refresh", {}));
    tell();
  }).finally(() => (renewing = undefined));
  return renewing;
}

const isFresh = () => held !== undefined && held.until - Date.now() > RENEW_MS;

async function ask(): Promise<Me> {
  const response = await fetch("/api/v1/me", { headers: { Authorization: `Bearer ${held?.token}` } }).catch((error: unknown) => {
    throw Problem.of(error);
  });
  if (!response.ok) throw await Problem.from(response);
  return (await response.json()) as Me;
}

/** Begins the session that the cookie goes on with, if there is one. Throws Problem when nobody answers. */
export async function begin() {
  if (session.phase !== "begins") return;
  if (!localStorage.getItem(MARK)) return become({ phase: "out" });
  try {
    await renew();
    become({ phase: "in", me: await ask() });
    tell();
  } catch (error) {
    if (Problem.of(error).status !== 401) throw error;
    forget();
    become({ phase: "out" });
  }
}

/** Throws Problem. */
export async function signIn(username: string, password: string) {
  const before = "me" in session ? session.me.user.id : "";
  await keep(await post("login", { username, password, use_cookie: true }));
  await enter(before);
}

/** With a token in hand: what was on the screen of somebody else is not shown to whoever came. */
async function enter(before: string) {
  const me = await ask();
  if (before && before !== me.user.id) {
    // Calls that wait are of the one before: they end with the page.
    if (held) announce({ kind: "token", ...held, user: me.user.id });
    return location.reload();
  }
  become({ phase: "in", me });
  tell();
}

/** What is known of the user has changed, such as the password. */
export async function lookAgain() {
  if ("me" in session) await enter(session.me.user.id);
}

/** Everywhere in this browser; the server forgets the session when it can be reached. */
export async function signOut() {
  await post("logout", {}).catch(() => undefined);
  forget();
  announce({ kind: "out" });
  become({ phase: "out" });
}

/** A valid token. Waits while the session has expired, until somebody has signed in. Throws Problem when nobody answers. */
export async function token(): Promise<string> {
  while (!isFresh()) {
    try {
      await renew();
    } catch (error) {
      if (Problem.of(error).status !== 401) throw error;
      await expired();
    }
  }
  return held?.token ?? "";
}

function expired(): Promise<void> {
  held = undefined;
  if (session.phase === "in") become({ phase: "expired", me: session.me });
  else if (session.phase !== "expired") become({ phase: "out" });
  return new Promise((go) => waiting.add(go));
}

/** `fetch` with the session's token; one that was revoked meanwhile is replaced, and the request sent once more. */
export async function authorized(request: Request): Promise<Response> {
  const again = request.clone();
  const used = await token();
  request.headers.set("Authorization", `Bearer ${used}`);
  const response = await fetch(request);
  if (response.status !== 401) return response;
  if (held?.token === used) held = undefined;
  again.headers.set("Authorization", `Bearer ${await token()}`);
  return fetch(again);
}

hear((told) => {
  if (told.kind === "out") {
    held = undefined;
    if (session.phase !== "begins") become({ phase: "out" });
    return;
  }
  if ("me" in session && session.me.user.id !== told.user) return location.reload();
  held = { token: told.token, until: told.until };
  if (session.phase === "out" || session.phase === "expired") void enter(told.user).catch(() => undefined);
});
