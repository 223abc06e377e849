// Compiled only: calls with a body, a path, a query, a header, a merge patch, and answers that may be null.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const api = createClient<paths>({ baseUrl: "https://login.example.com/auth/api/v1" });

export async function nicknames(keys: string[]): Promise<(string | null)[]> {
  const { data, error } = await api.POST("/users/batch", { body: { keys } });
  if (error) throw new Error(error.code);
  return data.results.map((result) => result.user?.nickname ?? null);
}

export async function everyUser(): Promise<components["schemas"]["User"][]> {
  const all: components["schemas"]["User"][] = [];
  let after: string | undefined;
  for (;;) {
    const { data, error } = await api.GET("/users", { params: { query: { after, status: "active", limit: 200 } } });
    if (error) throw new Error(error.code);
    all.push(...data.users);
    if (!data.next) return all;
    after = data.next;
  }
}

export async function rename(user: string, ref: string | null): Promise<string | null> {
  const { data } = await api.PATCH("/users/{user}", {
    params: { path: { user } },
    body: { ref, meta: { plan: "gold", trial: null } },
    headers: { "Content-Type": "application/merge-patch+json" },
  });
  return data?.ref ?? null;
}

export async function signOut(user: string, session: string): Promise<boolean> {
  const { response } = await api.DELETE("/users/{user}/sessions/{session}", { params: { path: { user, session } } });
  return response.status === 204;
}

export async function linkTicket(ref: string): Promise<string | undefined> {
  const { data } = await api.POST("/link-tickets", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { ref },
  });
  return data?.url;
}

// @ts-expect-error A result without a user has null, which the caller must check.
export const careless = (result: components["schemas"]["BatchResult"]): string => result.user.id;

// @ts-expect-error There is no such call.
export const wrong = () => api.GET("/nobody");
