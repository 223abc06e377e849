// passport-naver-v2 has Naver's addresses built in: they are led to the emulator by map-hosts.cjs.
import https from "node:https";
import { Strategy } from "passport-naver-v2";

const env = process.env;
const strategy = new Strategy({ clientID: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, callbackURL: env.CALLBACK }, (access, refresh, profile, next) => next(null, profile));

// authenticate runs the strategy as passport would, for one request.
function authenticate(query, options) {
  return new Promise((resolve, reject) => {
    const run = Object.create(strategy);
    run.success = (user) => resolve({ user });
    run.redirect = (url) => resolve({ url });
    run.fail = (info) => reject(new Error("refused: " + JSON.stringify(info)));
    run.error = reject;
    run.authenticate({ query, headers: {}, session: {}, app: { get: () => false }, connection: {}, url: env.CALLBACK }, options);
  });
}

const { url } = await authenticate({}, { state: "0123456789abcdef" });
const back = await new Promise((resolve, reject) => https.get(url, (res) => resolve(new URL(res.headers.location)), reject).on("error", reject));
const { user } = await authenticate(Object.fromEntries(back.searchParams), {});
console.log(user.id === env.EXPECT ? "ok" : "wrong id " + user.id);
process.exit(0);
