// arctic has Kakao's addresses built in: they are led to the emulator by map-hosts.cjs.
import { Kakao } from "arctic";
import { approve, callback, done, env } from "./common.mjs";

const kakao = new Kakao(env.CLIENT_ID, env.CLIENT_SECRET, callback);
const back = await approve(kakao.createAuthorizationURL("s", []));
const tokens = await kakao.validateAuthorizationCode(back.searchParams.get("code"));
const me = await fetch("https://kapi.kakao.com/v2/user/me", { headers: { Authorization: `Bearer ${tokens.accessToken()}` } }).then((r) => r.json());
done(me.id);
