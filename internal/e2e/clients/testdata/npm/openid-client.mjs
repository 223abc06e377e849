// openid-client finds everything by discovery, with PKCE, state and nonce, and verifies signatures too.
import * as client from "openid-client";
import { Browser, accounts, appleSecret, control, each, equal, refused, service } from "./browser.mjs";

// start makes the configuration and the address of the authorize endpoint.
async function start(issuer, account, { auth, metadata = {}, scope, parameters = {}, nonce = true, pkce = true, verify = true }) {
  const config = await client.discovery(new URL(issuer), account.client_id, metadata, auth ?? client.ClientSecretPost(account.client_secret));
  if (verify) client.enableNonRepudiationChecks(config);
  const checks = { expectedState: client.randomState().replace(/[-_]/g, "x"), idTokenExpected: true };
  if (nonce) checks.expectedNonce = client.randomNonce();
  const request = { redirect_uri: account.redirect, scope, state: checks.expectedState, ...parameters };
  if (nonce) request.nonce = checks.expectedNonce;
  if (pkce) {
    checks.pkceCodeVerifier = client.randomPKCECodeVerifier();
    request.code_challenge = await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier);
    request.code_challenge_method = "S256";
  }
  return { config, checks, url: client.buildAuthorizationUrl(config, request) };
}

// finish hands the client what the browser brought, and compares the subject.
async function finish({ config, checks, url }, account) {
  const back = await new Browser().approve(url);
  const tokens = await client.authorizationCodeGrant(config, back.init ? new Request(back.url, back.init) : back.url, checks);
  equal("subject", tokens.claims().sub, account.subject);
  return tokens;
}

const at = (provider) => ({ ...accounts[provider], redirect: `${service}/callback/${provider}` });

await each({
  async oidc() {
    const account = at("oidc");
    for (const [auth, mode] of [["Post", "query"], ["Basic", "form_post"]]) {
      const started = await start("https://login.example.com/realms/demo", account, {
        auth: client[`ClientSecret${auth}`](account.client_secret), scope: "openid email profile offline_access",
        parameters: { response_mode: mode, max_age: "300" },
      });
      started.checks.maxAge = 300;
      const tokens = await finish(started, account);
      const { config } = started;
      const info = await client.fetchUserInfo(config, tokens.access_token, account.subject);
      equal("e-mail", info.email, account.email);
      const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
      equal("subject after a refresh", renewed.claims().sub, account.subject);
      await refused("a refresh token that was used", client.refreshTokenGrant(config, tokens.refresh_token), /invalid_grant/);
      await client.tokenRevocation(config, renewed.refresh_token);
      await refused("user information after revocation", client.fetchUserInfo(config, renewed.access_token, account.subject), /WWW_AUTHENTICATE_CHALLENGE/);
      const out = await new Browser().approve(client.buildEndSessionUrl(config, {
        id_token_hint: tokens.id_token, post_logout_redirect_uri: service + "/signed-out", state: "left",
      }));
      equal("after sign-out", out.url.href, service + "/signed-out?state=left");
    }
  },
  async google() {
    const account = at("google");
    const started = await start("https://accounts.google.com", account, { scope: "openid email profile", parameters: { access_type: "offline", prompt: "consent" } });
    const tokens = await finish(started, account);
    const info = await client.fetchUserInfo(started.config, tokens.access_token, account.subject);
    equal("e-mail", info.email, account.email);
    const renewed = await client.refreshTokenGrant(started.config, tokens.refresh_token);
    equal("refresh token in the answer to a refresh", renewed.refresh_token, undefined);
    await client.tokenRevocation(started.config, tokens.refresh_token);
    await refused("a refresh after revocation", client.refreshTokenGrant(started.config, tokens.refresh_token), /invalid_grant/);
  },
  async kakao() {
    const account = at("kakao");
    const started = await start("https://kauth.kakao.com", account, { scope: "openid profile_nickname account_email" });
    const tokens = await finish(started, account);
    const info = await client.fetchUserInfo(started.config, tokens.access_token, account.subject);
    equal("e-mail", info.email, account.email);
    await client.refreshTokenGrant(started.config, tokens.refresh_token);
  },
  // LINE's discovery document names ES256, but the ID tokens of web logins are signed with the channel secret.
  async line() {
    const account = at("line");
    const options = { scope: "openid profile email", verify: false };
    await refused("the algorithm of the discovery document", start("https://access.line.me", account, options).then((s) => finish(s, account)), /alg/);
    for (const mode of ["query", "form_post"]) {
      const started = await start("https://access.line.me", account, { ...options, metadata: { id_token_signed_response_alg: "HS256" }, parameters: { response_mode: mode } });
      const tokens = await finish(started, account);
      equal("e-mail in the ID token", tokens.claims().email, account.email);
      const info = await client.fetchUserInfo(started.config, tokens.access_token, account.subject);
      equal("e-mail in the user information", info.email, undefined);
      const renewed = await client.refreshTokenGrant(started.config, tokens.refresh_token);
      equal("refresh token", renewed.refresh_token, tokens.refresh_token);
    }
  },
  // Naver documents no nonce, and its userinfo_endpoint is the profile, which has no sub: fetchUserInfo must refuse it.
  async naver() {
    const account = at("naver");
    const started = await start("https://nid.naver.com", account, { scope: "openid profile", nonce: false });
    const tokens = await finish(started, account);
    const me = new URL(started.config.serverMetadata().userinfo_endpoint);
    await refused("a profile without sub", client.fetchUserInfo(started.config, tokens.access_token, account.subject), /sub/);
    const profile = await (await client.fetchProtectedResource(started.config, tokens.access_token, me, "GET")).json();
    equal("id", profile.response.id, account.subject);
  },
  // The client secret is a JWT that the service signs; the address comes in a form from Apple's site.
  async apple() {
    const account = at("apple");
    const started = await start("https://appleid.apple.com", account, {
      auth: client.ClientSecretPost(appleSecret(account)), scope: "name email", parameters: { response_mode: "form_post" }, pkce: false,
    });
    const tokens = await finish(started, account);
    equal("e-mail", tokens.claims().email, account.email);
    await refused("a second refresh within a day", client.refreshTokenGrant(started.config, tokens.refresh_token), /429|invalid_request/);
    await control("appleid.apple.com", "clock/advance", { by: "25h" });
    const renewed = await client.refreshTokenGrant(started.config, tokens.refresh_token);
    equal("subject after a day", renewed.claims().sub, account.subject);
    await client.tokenRevocation(started.config, tokens.refresh_token);
    await refused("a refresh after revocation", client.refreshTokenGrant(started.config, tokens.refresh_token), /invalid_grant/);
  },
});
