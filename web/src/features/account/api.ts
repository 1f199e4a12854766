import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/api/client";

export const sessionsQuery = queryOptions({
  queryKey: ["sessions", "mine"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/me/sessions", { signal })),
});

export const endSession = (id: string) => unwrap(api.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } }));
export const endOtherSessions = () => unwrap(api.POST("/api/v1/me/sessions:end", { body: { keep_current: true } }));
