// google-auth-library, Google's own client, has Google's addresses built in.
import { CodeChallengeMethod, OAuth2Client } from "google-auth-library";
import { Browser, each, equal, refused, service } from "./browser.mjs";

await each({
  async google(account) {
    const client = new OAuth2Client({ clientId: account.client_id, clientSecret: account.client_secret, redirectUri: service + "/callback/google" });
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    const url = client.generateAuthUrl({
      access_type: "offline", scope: ["openid", "email", "profile"], state: "s1", nonce: "n1", include_granted_scopes: true,
      code_challenge: codeChallenge, code_challenge_method: CodeChallengeMethod.S256,
    });
    const back = await new Browser().approve(url);
    equal("state", back.url.searchParams.get("state"), "s1");
    const { tokens } = await client.getToken({ code: back.url.searchParams.get("code"), codeVerifier });
    const ticket = await client.verifyIdToken({ idToken: tokens.id_token, audience: account.client_id });
    const claims = ticket.getPayload();
    equal("subject", claims.sub, account.subject);
    equal("e-mail", claims.email, account.email);
    equal("nonce", claims.nonce, "n1");
    await refused("another audience", client.verifyIdToken({ idToken: tokens.id_token, audience: "other" }), /audience|recipient/);
    client.setCredentials(tokens);
    const { data } = await client.request({ url: "https://openidconnect.googleapis.com/v1/userinfo" });
    equal("subject of the user information", data.sub, account.subject);
    const { credentials } = await client.refreshAccessToken();
    if (credentials.access_token === tokens.access_token) throw new Error("the same access token after a refresh");
    await client.revokeCredentials();
    client.setCredentials({ refresh_token: tokens.refresh_token });
    await refused("a refresh after revocation", client.refreshAccessToken(), /invalid_grant/);
  },
});
