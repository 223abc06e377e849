// apple-signin-auth has Apple's addresses built in. Every call it offers is made.
import { createServer } from "node:http";
import apple from "apple-signin-auth";
import { Browser, control, each, equal, refused, service } from "./browser.mjs";

// notice receives the server-to-server notices, and calls the control API meanwhile.
async function notice(act) {
  let body = "";
  const server = createServer((req, res) => {
    req.on("data", (part) => { body += part; });
    req.on("end", () => res.end());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const res = await fetch("https://appleid.apple.com/-/api/team", {
    method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ notice_url: url }),
  });
  if (!res.ok) throw new Error(await res.text());
  await act();
  server.close();
  return JSON.parse(body).payload;
}

await each({
  async apple(account) {
    const options = { clientID: account.client_id, redirectUri: service + "/callback/apple" };
    const clientSecret = apple.getClientSecret({
      clientID: account.client_id, teamID: account.team_id, keyIdentifier: account.key_id, privateKey: account.private_key,
      expAfter: 30 * 86400,
    });
    const url = apple.getAuthorizationUrl({ ...options, state: "s1", scope: "name email" });
    const back = await new Browser().approve(url);
    const fields = new URLSearchParams(back.init.body);
    equal("state", fields.get("state"), "s1");
    equal("name", JSON.parse(fields.get("user")).name.lastName, "김");

    const tokens = await apple.getAuthorizationToken(fields.get("code"), { ...options, clientSecret });
    const claims = await apple.verifyIdToken(tokens.id_token, { audience: account.client_id });
    equal("subject", claims.sub, account.subject);
    equal("e-mail", claims.email, account.email);
    await refused("another audience", apple.verifyIdToken(tokens.id_token, { audience: "com.example.other" }), /audience/);
    const spent = await apple.getAuthorizationToken(fields.get("code"), { ...options, clientSecret });
    equal("a code that was used", spent.error, "invalid_grant");

    await control("appleid.apple.com", "clock/advance", { by: "25h" });
    const renewed = await apple.refreshAuthorizationToken(tokens.refresh_token, { ...options, clientSecret });
    equal("subject after a day", (await apple.verifyIdToken(renewed.id_token, { audience: account.client_id })).sub, account.subject);

    const payload = await notice(() => control("appleid.apple.com", "links/jeju/forget"));
    const audience = [account.client_id, account.bundle_id]; // a notice may name either
    const { events } = await apple.verifyWebhookToken(payload, { audience });
    equal("type of the notice", events.type, "consent-revoked");
    equal("subject of the notice", events.sub, account.subject);

    const again = await new Browser().approve(url);
    const code = new URLSearchParams(again.init.body).get("code");
    const { refresh_token } = await apple.getAuthorizationToken(code, { ...options, clientSecret });
    equal("answer to a revocation", await apple.revokeAuthorizationToken(refresh_token, { clientID: account.client_id, clientSecret, tokenTypeHint: "refresh_token" }), "");
    const dead = await apple.refreshAuthorizationToken(refresh_token, { ...options, clientSecret });
    equal("a refresh after revocation", dead.error, "invalid_grant");
  },
});
