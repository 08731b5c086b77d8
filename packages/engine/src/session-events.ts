/** What happens to sessions, told after it is stored. */
export type SessionEvent = { readonly at: number; readonly session_id: string; readonly user_id: string } & (
  | { readonly type: "session_created" | "session_paused" | "session_resumed" | "session_recovered" }
  | { readonly type: "session_closed"; readonly status: string }
);
