// arctic has LINE's addresses built in: they are led to the emulator by map-hosts.cjs.
import { createHmac } from "node:crypto";
import { Line, decodeIdToken, generateCodeVerifier } from "arctic";

const env = process.env;
const line = new Line(env.CLIENT_ID, env.CLIENT_SECRET, env.CALLBACK);
const verifier = generateCodeVerifier();
const url = line.createAuthorizationURL("0123456789abcdef", verifier, ["openid", "profile", "email"]);
const back = new URL((await fetch(url, { redirect: "manual" })).headers.get("location"));
const tokens = await line.validateAuthorizationCode(back.searchParams.get("code"), verifier);
const [head, body, signature] = tokens.idToken().split(".");
const claims = decodeIdToken(tokens.idToken());
const signed = createHmac("sha256", env.CLIENT_SECRET).update(head + "." + body).digest("base64url") === signature;
const me = await fetch("https://api.line.me/oauth2/v2.1/userinfo", { headers: { Authorization: "Bearer " + tokens.accessToken() } }).then((r) => r.json());
const again = await line.refreshAccessToken(tokens.refreshToken());
const good = signed && claims.sub === env.EXPECT && claims.email && me.sub === claims.sub && !me.email && again.refreshToken() === tokens.refreshToken();
console.log(good ? "ok" : JSON.stringify({ signed, claims, me }));
process.exit(0);
