// Auth.js with its own Kakao provider. map-hosts.cjs connects its hosts to the emulator.
import { Auth } from "@auth/core";
import Kakao from "@auth/core/providers/kakao";
import { approve, callback, done, env } from "./common.mjs";

const base = new URL(callback).origin;
let subject;
const config = {
  basePath: "/auth",
  trustHost: true,
  secret: "for this test only",
  providers: [Kakao({ clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET })],
  callbacks: { signIn({ account }) { subject = account.providerAccountId; return true; } },
  logger: { error: (e) => console.error(e), warn() {}, debug() {} },
};
const jar = new Map();

async function visit(path, init = {}) {
  const headers = new Headers(init.headers);
  headers.set("cookie", [...jar].map(([k, v]) => `${k}=${v}`).join("; "));
  const res = await Auth(new Request(base + path, { ...init, headers }), config);
  for (const line of res.headers.getSetCookie()) {
    const [pair] = line.split(";");
    jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  return res;
}

const { csrfToken } = await (await visit("/auth/csrf")).json();
const start = await visit("/auth/signin/kakao", {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ csrfToken, callbackUrl: base }),
});
const back = await approve(start.headers.get("location"));
await visit(back.pathname + back.search);
const session = await (await visit("/auth/session")).json();
if (!session?.user?.name) throw new Error("no session: " + JSON.stringify(session));
done(subject);
