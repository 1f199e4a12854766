"use client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { useState } from "react";
import { Toaster } from "sonner";
import { Problem } from "@/lib/api/problem";
import { LiveProvider } from "@/lib/live/use-live";

const TRIES = 3;

function makeClient() {
  return new QueryClient({
    // The live channel says what is no longer true; time alone makes nothing old.
    defaultOptions: { queries: { staleTime: 60_000, retry: (count, error) => count < TRIES && Problem.of(error).isTemporary } },
  });
}

export function Providers({ children }: { children: React.ReactNode }) {
  const [client] = useState(makeClient);
  return (
    <NuqsAdapter>
      <QueryClientProvider client={client}>
        <LiveProvider>{children}</LiveProvider>
        <Toaster position="bottom-right" />
      </QueryClientProvider>
    </NuqsAdapter>
  );
}
