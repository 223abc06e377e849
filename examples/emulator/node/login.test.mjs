// Tests a Kakao login from Node without dependencies.
//
//     norang emulator &
//     EMULATOR=http://localhost:5001 node --test login.test.mjs
//
// The same functions work in Jest and Playwright: give the `code` to the service under test, or open the authorize
// address with `login_hint` in the browser and let the emulator approve.
import assert from "node:assert/strict";
import { before, test } from "node:test";

const emulator = process.env.EMULATOR ?? "http://localhost:5001";
const callback = "http://localhost:5000/oauth/kakao/callback";
let app;

const post = (path, body) =>
  fetch(emulator + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.json());

before(async () => {
  // An app for this file only. It approves without pages.
  app = await post("/-/api/apps", { auto: true, redirect_uris: [callback] });
});

async function authorize(persona) {
  const query = new URLSearchParams({ client_id: app.rest_key, redirect_uri: callback, response_type: "code", state: "s", login_hint: persona });
  const res = await fetch(`${emulator}/oauth/authorize?${query}`, { redirect: "manual" });
  assert.equal(res.status, 302);
  return new URL(res.headers.get("location")).searchParams;
}

async function token(code) {
  const res = await fetch(`${emulator}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "authorization_code", client_id: app.rest_key, client_secret: app.client_secret, redirect_uri: callback, code }),
  });
  return { status: res.status, body: await res.json() };
}

test("a person whose e-mail is not verified", async () => {
  const { body } = await token((await authorize("unverified-email")).get("code"));
  const me = await fetch(`${emulator}/v2/user/me`, { headers: { Authorization: `Bearer ${body.access_token}` } }).then((r) => r.json());
  assert.equal(me.kakao_account.is_email_verified, false);
});

test("a person who cancels", async () => {
  assert.equal((await authorize("declines")).get("error"), "access_denied");
});

test("a user id above 2^53 stays exact only as text", async () => {
  const { body } = await token((await authorize("big-id")).get("code"));
  const text = await fetch(`${emulator}/v2/user/me`, { headers: { Authorization: `Bearer ${body.access_token}` } }).then((r) => r.text());
  const exact = /"id":(\d+)/.exec(text)[1];
  assert.notEqual(String(JSON.parse(text).id), exact);
});

test("too many logins", async () => {
  await post("/-/api/scenarios", { endpoint: "oauth/token", app: app.app_id, code: "KOE237" });
  const { status, body } = await token((await authorize("ryan")).get("code"));
  assert.equal(status, 429);
  assert.equal(body.error_code, "KOE237");
});

test("the request log says why", async () => {
  const since = (await fetch(`${emulator}/-/api/requests`).then((r) => r.json())).at(-1).id;
  await token("never-issued");
  const [entry] = await fetch(`${emulator}/-/api/requests?after=${since}&endpoint=oauth/token`).then((r) => r.json());
  assert.equal(entry.code, "KOE320");
  assert.match(entry.cause_en, /code/);
});
