// The files of parse-server that verify ID tokens, unchanged, without the rest of the server: the test unpacks its package
// and installs what these files need.
import { createRequire } from "node:module";
import { Browser, each, equal, refused, service } from "./browser.mjs";

const require = createRequire(import.meta.url);
const adapter = (name) => require(`./node_modules/parse-server/lib/Adapters/Auth/${name}.js`);

// check hands an ID token to an adapter, and then as that of another user and of another app.
async function check(name, token, account) {
  const { validateAuthData } = adapter(name);
  const claims = await validateAuthData({ id: account.subject, id_token: token, token }, { clientId: account.client_id });
  equal("e-mail", claims.email, account.email);
  await refused("another user", validateAuthData({ id: "x", id_token: token, token }, { clientId: account.client_id }), /invalid for this user/);
  await refused("another app", validateAuthData({ id: account.subject, id_token: token, token }, { clientId: "other" }), /audience/);
}

await each({
  async google(account) {
    const redirect_uri = service + "/callback/google";
    const back = await new Browser().approve("https://accounts.google.com/o/oauth2/v2/auth?" + new URLSearchParams({
      client_id: account.client_id, redirect_uri, response_type: "code", scope: "openid email", state: "s1",
    }));
    const res = await fetch("https://oauth2.googleapis.com/token", { method: "POST", body: new URLSearchParams({
      client_id: account.client_id, client_secret: account.client_secret, redirect_uri, grant_type: "authorization_code",
      code: back.url.searchParams.get("code"),
    }) });
    await check("google", (await res.json()).id_token, account);
  },
  async apple(account) {
    const url = new URL("https://appleid.apple.com/auth/authorize");
    url.search = "scope=name%20email&response_type=code%20id_token&response_mode=form_post&" + new URLSearchParams({
      client_id: account.client_id, redirect_uri: service + "/callback/apple", state: "s1", nonce: "n1",
    });
    const token = new URLSearchParams((await new Browser().approve(url)).init.body).get("id_token");
    await check("apple", token, account);
  },
});
