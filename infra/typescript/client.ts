/** A client of MyTodoList and MyBlog: const api = client("https://example.com", () => token) */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

/** What every refusal says (RFC 9457); `errors` points at the fields that are wrong. */
export type Problem = components["schemas"]["Problem"];
export type { components, paths };

/** `token` is asked before each request, so it may be renewed; without one the request goes out anonymously. */
export function client(baseUrl: string, token: () => string | undefined): Client<paths> {
  const api = createClient<paths>({ baseUrl });
  api.use({
    onRequest({ request }) {
      const value = token();
      if (value) request.headers.set("Authorization", `Bearer ${value}`);
      return request;
    },
  });
  return api;
}
