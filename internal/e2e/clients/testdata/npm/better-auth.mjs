// better-auth with its social providers, whose addresses are built in, and users in memory.
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { Browser, accounts, appleSecret, control, each, equal, service } from "./browser.mjs";

const tables = { user: [], session: [], account: [], verification: [] };
const social = {};
for (const id of ["kakao", "naver", "google", "apple", "line"]) {
  const account = accounts[id];
  social[id] = { clientId: account.client_id, clientSecret: account.client_secret ?? appleSecret(account) };
}
social.google.accessType = "offline";
social.apple.audience = [accounts.apple.client_id, accounts.apple.bundle_id];
const auth = betterAuth({
  baseURL: service, secret: "a secret of thirty-two characters, for this test only", database: memoryAdapter(tables),
  socialProviders: social, trustedOrigins: ["https://appleid.apple.com"], rateLimit: { enabled: false },
  telemetry: { enabled: false }, logger: { level: "error", log: (level, message, ...rest) => console.log(level, message, ...rest) },
});
const json = (body) => ({
  method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", origin: service },
});

// session checks who is signed in.
async function session(browser, account, provider) {
  const { user } = await (await browser.call(auth.handler, service + "/api/auth/get-session")).json() ?? {};
  equal("e-mail of the session", user?.email, account.email);
  equal("subject", tables.account.find((a) => a.userId === user.id && a.providerId === provider)?.accountId, account.subject);
  return user;
}

async function signIn(account, provider) {
  const browser = new Browser();
  const start = await browser.call(auth.handler, service + "/api/auth/sign-in/social", json({ provider, callbackURL: "/in" }));
  const back = await browser.approve((await start.json()).url);
  let res = await browser.call(auth.handler, back.url, back.init, Boolean(back.init));
  if (back.init) res = await browser.call(auth.handler, new URL(res.headers.get("location"), service));
  equal("redirected to", new URL(res.headers.get("location"), service).href, service + "/in");
  const user = await session(browser, account, provider);
  return { browser, user };
}

// refresh renews the stored tokens by better-auth's own code.
async function refresh({ browser }, provider) {
  const stored = tables.account.find((a) => a.providerId === provider), before = stored.accessToken;
  const res = await browser.call(auth.handler, service + "/api/auth/refresh-token", json({ accountId: stored.id }));
  const body = await res.json();
  if (!res.ok || !body.accessToken || body.accessToken === before) throw new Error("refresh: " + JSON.stringify(body));
}

// native signs in with the ID token that an app got from the provider's SDK.
async function native(account, provider, token) {
  const browser = new Browser();
  const res = await browser.call(auth.handler, service + "/api/auth/sign-in/social", json({ provider, idToken: { token } }));
  if (!res.ok) throw new Error("native: " + await res.text());
  await session(browser, account, provider);
}

await each({
  async kakao(account) { await refresh(await signIn(account, "kakao"), "kakao"); },
  async naver(account) { await refresh(await signIn(account, "naver"), "naver"); },
  async google(account) { await refresh(await signIn(account, "google"), "google"); },
  async line(account) {
    await refresh(await signIn(account, "line"), "line");
    await native(account, "line", (await control("access.line.me", "native", { account: "hana" })).id_token);
  },
  // Apple's first answer has the name, which arrives with a POST from another site and after a redirect of better-auth.
  async apple(account) {
    const { browser, user } = await signIn(account, "apple");
    equal("name", user.name, "하루 김");
    await native(account, "apple", (await control("appleid.apple.com", "native", {})).id_token);
    await control("appleid.apple.com", "clock/advance", { by: "25h" });
    await refresh({ browser }, "apple");
  },
});
