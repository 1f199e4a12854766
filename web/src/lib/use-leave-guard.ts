"use client";
import { useEffect } from "react";

/** Asks before the page is left while something would be lost; inside the application `question` is asked on links. */
export function useLeaveGuard(isNeeded: boolean, question: string) {
  useEffect(() => {
    if (!isNeeded) return;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a[href^='/']") : null;
      if (link && !confirm(question)) {
        event.preventDefault();
        event.stopPropagation();
      }
    };
    addEventListener("beforeunload", onUnload);
    document.addEventListener("click", onClick, true);
    return () => {
      removeEventListener("beforeunload", onUnload);
      document.removeEventListener("click", onClick, true);
    };
  }, [isNeeded, question]);
}
