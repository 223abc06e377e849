import { AuthorizationCode } from "simple-oauth2";
import { approve, callback, done, env } from "./common.mjs";

const client = new AuthorizationCode({
  client: { id: env.CLIENT_ID, secret: env.CLIENT_SECRET },
  auth: { tokenHost: env.EMULATOR, tokenPath: "/oauth/token", authorizePath: "/oauth/authorize" },
  options: { authorizationMethod: "body" },
});
const back = await approve(client.authorizeURL({ redirect_uri: callback, state: "s" }));
const token = await client.getToken({ code: back.searchParams.get("code"), redirect_uri: callback });
const me = await fetch(env.EMULATOR + "/v2/user/me", { headers: { Authorization: `Bearer ${token.token.access_token}` } }).then((r) => r.json());
done(me.id);
