// passport-kakao has Kakao's addresses built in: they are led to the emulator by map-hosts.cjs.
import { Strategy } from "passport-kakao";
import { approve, callback, done, env } from "./common.mjs";

const strategy = new Strategy({ clientID: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, callbackURL: callback }, (access, refresh, profile, next) => next(null, profile));

// authenticate runs the strategy as passport would, for one request.
function authenticate(query) {
  return new Promise((resolve, reject) => {
    const run = Object.create(strategy);
    run.success = (user) => resolve({ user });
    run.redirect = (url) => resolve({ url });
    run.fail = (info) => reject(new Error("refused: " + JSON.stringify(info)));
    run.error = reject;
    run.authenticate({ query, headers: {}, session: {}, app: { get: () => false }, connection: {}, url: callback }, {});
  });
}

const { url } = await authenticate({});
const back = await approve(url);
const { user } = await authenticate(Object.fromEntries(back.searchParams));
done(user.id);
