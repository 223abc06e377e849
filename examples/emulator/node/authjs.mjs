// Auth.js with its own Kakao provider and the emulator's addresses.
//
//     npm install @auth/core
//     KAKAO_REDIRECT_URI=http://localhost:3000/auth/callback/kakao KAKAO_EMULATOR_NO_OIDC=true norang emulator &
//     EMULATOR=http://localhost:5001 node authjs.mjs
//
// In Next.js the same three addresses go to Kakao({ … }) of next-auth/providers/kakao.
import { Auth } from "@auth/core";
import Kakao from "@auth/core/providers/kakao";

const emulator = process.env.EMULATOR ?? "http://localhost:5001";
const app = await fetch(emulator + "/-/api/apps/default").then((r) => r.json());

const config = {
  basePath: "/auth",
  trustHost: true,
  secret: "for this example only",
  providers: [
    Kakao({
      clientId: app.rest_key,
      clientSecret: app.client_secret,
      authorization: emulator + "/oauth/authorize?scope",
      token: emulator + "/oauth/token",
      userinfo: emulator + "/v2/user/me",
    }),
  ],
};

// A minimal browser: it keeps the cookies of http://localhost:3000.
const service = "http://localhost:3000";
const jar = new Map();
async function visit(path, init = {}) {
  const headers = new Headers(init.headers);
  headers.set("cookie", [...jar].map(([k, v]) => `${k}=${v}`).join("; "));
  const res = await Auth(new Request(service + path, { ...init, headers }), config);
  for (const line of res.headers.getSetCookie()) {
    const [pair] = line.split(";");
    jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  return res;
}

const { csrfToken } = await visit("/auth/csrf").then((r) => r.json());
const start = await visit("/auth/signin/kakao", {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ csrfToken, callbackUrl: service }),
});
const authorize = new URL(start.headers.get("location"));

// The user's part of the login, by the control API: the emulator approves and returns where the browser would be sent.
const approved = await fetch(emulator + "/-/api/approve", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ account: "apeach", params: Object.fromEntries(authorize.searchParams) }),
}).then((r) => r.json());
const back = new URL(approved.location);
await visit(back.pathname + back.search);

const session = await visit("/auth/session").then((r) => r.json());
if (session?.user?.email !== "apeach@example.com") throw new Error("no session: " + JSON.stringify({ approved, session }));
console.log("OK");
