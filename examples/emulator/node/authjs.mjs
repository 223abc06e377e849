// A service with Auth.js (Express), whose Kakao provider has the emulator's addresses while KAKAO_EMULATOR is set.
//
//     npm install express @auth/express
//     KAKAO_REDIRECT_URI=http://localhost:3000/auth/callback/kakao KAKAO_EMULATOR_NO_OIDC=true norang emulator &
//     export AUTH_KAKAO_ID=… AUTH_KAKAO_SECRET=… # the keys that the banner prints
//     AUTH_SECRET=secret AUTH_TRUST_HOST=true KAKAO_EMULATOR=http://localhost:5001 node authjs.mjs
import { ExpressAuth, getSession } from "@auth/express";
import Kakao from "@auth/express/providers/kakao";
import express from "express";

const emulator = process.env.KAKAO_EMULATOR; // http://localhost:5001, unset in production
const config = {
  providers: [
    Kakao(emulator && {
      authorization: emulator + "/oauth/authorize?scope",
      token: emulator + "/oauth/token",
      userinfo: emulator + "/v2/user/me",
    }),
  ],
};

const app = express();
app.use("/auth", ExpressAuth(config));
app.get("/", async (req, res) => {
  const session = await getSession(req, config);
  res.send(session ? session.user.email : '<a href="/auth/signin">sign in</a>');
});
app.listen(process.env.PORT ?? 3000);
