import * as client from "openid-client";
import { approve, callback, done, env } from "./common.mjs";

const config = await client.discovery(new URL(env.EMULATOR), env.CLIENT_ID, {}, client.ClientSecretPost(env.CLIENT_SECRET), { execute: [client.allowInsecureRequests] });
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: callback,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  scope: "openid profile_nickname",
  state,
  nonce,
});
const tokens = await client.authorizationCodeGrant(config, await approve(url), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
const sub = tokens.claims().sub;
const info = await client.fetchUserInfo(config, tokens.access_token, sub);
if (!info.nickname) throw new Error("no nickname in userinfo");
await client.refreshTokenGrant(config, tokens.refresh_token);
done(sub);
