// Auth.js with its own providers. They need the addresses at Apple, Google and LINE by discovery, and have the others
// built in. Kakao's and Naver's are plain OAuth and refuse any ID token in the answer, so at Kakao OpenID Connect is off.
import { Auth } from "@auth/core";
import Apple from "@auth/core/providers/apple";
import Google from "@auth/core/providers/google";
import Kakao from "@auth/core/providers/kakao";
import LINE from "@auth/core/providers/line";
import Naver from "@auth/core/providers/naver";
import { Browser, appleSecret, each, equal, service } from "./browser.mjs";

const providers = { apple: Apple, google: Google, kakao: Kakao, line: LINE, naver: Naver };

async function signIn(account, id) {
  let got;
  const config = {
    basePath: "/auth", trustHost: true, secret: "for this test only",
    providers: [providers[id]({ clientId: account.client_id, clientSecret: account.client_secret ?? appleSecret(account) })],
    callbacks: { signIn(all) { got = all; return true; } },
    logger: { error: (e) => console.log(e), warn() {}, debug() {} },
  };
  const browser = new Browser(), handler = (request) => Auth(request, config);
  const { csrfToken } = await (await browser.call(handler, service + "/auth/csrf")).json();
  const start = await browser.call(handler, `${service}/auth/signin/${id}`, {
    method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrfToken, callbackUrl: service }),
  });
  const back = await browser.approve(start.headers.get("location"));
  await browser.call(handler, back.url, back.init, Boolean(back.init));
  const session = await (await browser.call(handler, service + "/auth/session")).json();
  equal("e-mail of the session", session?.user?.email, account.email);
  equal("subject", got.account.providerAccountId, account.subject);
  return session;
}

await each({
  kakao: signIn, naver: signIn, google: signIn, line: signIn,
  // The name comes in the form of the first sign-in.
  async apple(account) { equal("name", (await signIn(account, "apple")).user.name, "하루 김"); },
});
