// arctic has the addresses of all providers built in.
import { Apple, Google, Kakao, Line, Naver, decodeIdToken, generateCodeVerifier, generateState } from "arctic";
import { Browser, each, equal, refused, service } from "./browser.mjs";

const bearer = (tokens) => ({ headers: { Authorization: "Bearer " + tokens.accessToken() } });
const read = (url, init) => fetch(url, init).then((res) => res.json());

async function code(url, state) {
  const back = await new Browser().approve(url);
  const fields = back.init ? new URLSearchParams(back.init.body) : back.url.searchParams;
  equal("state", fields.get("state"), state);
  return fields.get("code");
}

await each({
  async kakao(a) {
    const kakao = new Kakao(a.client_id, a.client_secret, service + "/callback/kakao"), state = generateState();
    const tokens = await kakao.validateAuthorizationCode(await code(kakao.createAuthorizationURL(state, ["account_email"]), state));
    const me = await read("https://kapi.kakao.com/v2/user/me", bearer(tokens));
    equal("id", String(me.id), a.subject);
    await kakao.refreshAccessToken(tokens.refreshToken());
  },
  // arctic sends Naver no state. It reads expires_in as a number, which in Naver's answers is text: accessTokenExpiresAt
  // throws.
  async naver(a) {
    const naver = new Naver(a.client_id, a.client_secret, service + "/callback/naver");
    const tokens = await naver.validateAuthorizationCode(await code(naver.createAuthorizationURL(), null));
    const me = await read("https://openapi.naver.com/v1/nid/me", bearer(tokens));
    equal("id", me.response.id, a.subject);
    await refused("expires_in", Promise.resolve().then(() => tokens.accessTokenExpiresAt()), /expires_in/);
    const again = await naver.refreshAccessToken(tokens.refreshToken());
    equal("refresh token in the answer to a refresh", again.hasRefreshToken(), false);
  },
  async google(a) {
    const google = new Google(a.client_id, a.client_secret, service + "/callback/google"), state = generateState();
    const verifier = generateCodeVerifier();
    const url = google.createAuthorizationURL(state, verifier, ["openid", "email", "profile"]);
    url.searchParams.set("access_type", "offline");
    const tokens = await google.validateAuthorizationCode(await code(url, state), verifier);
    const claims = decodeIdToken(tokens.idToken());
    equal("subject", claims.sub, a.subject);
    equal("e-mail", claims.email, a.email);
    const me = await read("https://openidconnect.googleapis.com/v1/userinfo", bearer(tokens));
    equal("subject of the user information", me.sub, a.subject);
    await google.refreshAccessToken(tokens.refreshToken());
    await google.revokeToken(tokens.refreshToken());
    await refused("a refresh after revocation", google.refreshAccessToken(tokens.refreshToken()), /invalid_grant/);
  },
  async apple(a) {
    const pem = a.private_key.replace(/-----[^-]+-----|\s/g, "");
    const apple = new Apple(a.client_id, a.team_id, a.key_id, Buffer.from(pem, "base64"), service + "/callback/apple");
    const state = generateState();
    const url = apple.createAuthorizationURL(state, ["name", "email"]);
    url.searchParams.set("response_mode", "form_post"); // as arctic's guide tells its users
    const tokens = await apple.validateAuthorizationCode(await code(url, state));
    equal("subject", decodeIdToken(tokens.idToken()).sub, a.subject);
    equal("e-mail", decodeIdToken(tokens.idToken()).email, a.email);
  },
  async line(a) {
    const line = new Line(a.client_id, a.client_secret, service + "/callback/line"), state = generateState();
    const verifier = generateCodeVerifier();
    const url = line.createAuthorizationURL(state, verifier, ["openid", "profile", "email"]);
    const tokens = await line.validateAuthorizationCode(await code(url, state), verifier);
    equal("subject", decodeIdToken(tokens.idToken()).sub, a.subject);
    equal("e-mail", decodeIdToken(tokens.idToken()).email, a.email);
    const me = await read("https://api.line.me/oauth2/v2.1/userinfo", bearer(tokens));
    equal("subject of the user information", me.sub, a.subject);
    const again = await line.refreshAccessToken(tokens.refreshToken());
    equal("refresh token", again.refreshToken(), tokens.refreshToken());
  },
});
