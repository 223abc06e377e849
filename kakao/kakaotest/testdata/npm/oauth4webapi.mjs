import * as oauth from "oauth4webapi";
import { approve, callback, done, env } from "./common.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(env.EMULATOR);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: env.CLIENT_ID };
const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const url = new URL(as.authorization_endpoint);
url.search = new URLSearchParams({
  client_id: env.CLIENT_ID, redirect_uri: callback, response_type: "code", state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
const params = oauth.validateAuthResponse(as, client, await approve(url), state);
const res = await oauth.authorizationCodeGrantRequest(as, client, oauth.ClientSecretPost(env.CLIENT_SECRET), params, callback, verifier, insecure);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, res, { expectedNonce: nonce, requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, res, insecure);
done(oauth.getValidatedIdTokenClaims(tokens).sub);
