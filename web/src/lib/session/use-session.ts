"use client";
import { useCallback, useSyncExternalStore } from "react";
import { atBuild, current, watch } from "./session";

export const useSession = () => useSyncExternalStore(watch, current, atBuild);

/** Who is signed in; undefined while nobody is. */
export function useMe() {
  const session = useSession();
  return "me" in session ? session.me : undefined;
}

/** `may("catalog.products.write")`: what is not allowed is not shown. The API refuses it all the same. */
export function useMay() {
  const permissions = useMe()?.permissions;
  return useCallback((permission: string) => permissions?.includes(permission) ?? false, [permissions]);
}
