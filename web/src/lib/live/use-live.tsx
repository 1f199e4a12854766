"use client";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState } from "react";
import { useSession } from "@/lib/session/use-session";
import { Live, type Status } from "./live";
import { updates } from "./updates";

const Context = createContext<Status>("closed");

/** Whether this tab is told what goes on. */
export const useLiveStatus = () => use(Context);

/** Follows for as long as somebody is signed in. */
export function LiveProvider({ children }: { children: React.ReactNode }) {
  const client = useQueryClient();
  const isIn = useSession().phase === "in";
  const [status, setStatus] = useState<Status>("closed");
  useEffect(() => {
    if (!isIn) return;
    const live = new Live(updates(client), setStatus);
    live.start();
    return () => live.stop();
  }, [client, isIn]);
  return <Context value={status}>{children}</Context>;
}
