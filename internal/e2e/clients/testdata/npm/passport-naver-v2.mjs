// passport-naver-v2 has Naver's addresses built in. It sends no state to the token endpoint, and the access token in the
// query of the profile, which Naver does not document.
import { Strategy } from "passport-naver-v2";
import { Browser, each, equal, service } from "./browser.mjs";

await each({
  async naver(account) {
    const callbackURL = service + "/callback/naver";
    const strategy = new Strategy({ clientID: account.client_id, clientSecret: account.client_secret, callbackURL }, (access, refresh, profile, next) => next(null, profile));

    // authenticate runs the strategy as passport would, for one request.
    const authenticate = (query, options) => new Promise((resolve, reject) => {
      const run = Object.create(strategy);
      run.success = (user) => resolve({ user });
      run.redirect = (url) => resolve({ url });
      run.fail = (info) => reject(new Error("refused: " + JSON.stringify(info)));
      run.error = reject;
      run.authenticate({ query, headers: {}, session: {}, app: { get: () => false }, connection: {}, url: callbackURL }, options);
    });

    const { url } = await authenticate({}, { state: "0123456789abcdef" });
    const back = await new Browser().approve(url);
    const { user } = await authenticate(Object.fromEntries(back.url.searchParams), {});
    equal("id", user.id, account.subject);
    equal("e-mail", user.email, account.email);
  },
});
