import { api, unwrap } from "@/lib/api/client";
import type { PasswordChange } from "./schema";

/** Changes the caller's own password; the caller's other sessions end. */
export const changePassword = ({ current_password, new_password }: PasswordChange) => unwrap(api.POST("/api/v1/me/password", { body: { current_password, new_password } }));
