// A browser without a screen, and what the tests of the clients share.
import { createPrivateKey, sign } from "node:crypto";

export const service = process.env.SERVICE;
export const accounts = JSON.parse(process.env.ACCOUNTS);

// Browser keeps cookies by site and sends those of the service as their SameSite attribute allows.
export class Browser {
  #jar = new Map();

  #cookies(url, crossSitePost) {
    return [...this.#jar.values()]
      .filter((c) => c.host === url.host && (!crossSitePost || c.sameSite === "none"))
      .map((c) => `${c.name}=${c.value}`).join("; ");
  }

  #store(url, res) {
    for (const line of res.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";").map((s) => s.trim());
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const of = (key) => attributes.find((a) => a.toLowerCase().startsWith(key))?.slice(key.length).toLowerCase();
      const key = `${url.host} ${name}`;
      if (value === "" || of("max-age=") === "0") this.#jar.delete(key);
      else this.#jar.set(key, { host: url.host, name, value, sameSite: of("samesite=") ?? "lax" });
    }
  }

  // request returns a request to the service with the browser's cookies.
  request(url, init = {}, crossSitePost = false) {
    const headers = new Headers(init.headers);
    headers.set("cookie", this.#cookies(new URL(url), crossSitePost));
    return new Request(url, { redirect: "manual", ...init, headers });
  }

  // call hands a request to the service's handler and keeps the cookies of the answer.
  async call(handler, url, init, crossSitePost) {
    const res = await handler(this.request(url, init, crossSitePost));
    this.#store(new URL(url), res);
    return res;
  }

  // approve opens the authorize address at a provider, answers its pages, and returns what the browser sends to the
  // service: { url } or, after response_mode=form_post, { url, init } of a POST from the provider's site.
  async approve(address) {
    let url = new URL(address), init;
    for (let step = 0; step < 10; step++) {
      const res = await fetch(this.request(url, init));
      this.#store(url, res);
      if (res.status >= 300 && res.status < 400) {
        [url, init] = [new URL(res.headers.get("location"), url), undefined];
        if (url.origin === service) return { url };
        continue;
      }
      const page = await res.text();
      const form = res.status === 200 && firstForm(page, url);
      if (!form) throw new Error(`${url} answered ${res.status}: ${page}`);
      const from = url.origin;
      url = form.url;
      init = {
        method: "POST", body: form.fields.toString(),
        headers: { "content-type": "application/x-www-form-urlencoded", origin: from },
      };
      if (url.origin === service) return { url, init };
    }
    throw new Error("too many pages");
  }
}

// firstForm reads the first form of a page and presses its first button.
function firstForm(page, base) {
  const form = /<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(page);
  if (!form) return undefined;
  const text = (s) => s.replace(/&#(\d+);/g, (_, n) => String.fromCodePoint(n)).replaceAll("&amp;", "&");
  const fields = new URLSearchParams();
  const inputs = form[2].matchAll(/<input type="(hidden|checkbox)" name="([^"]*)" value="([^"]*)"([^>]*)>/g);
  for (const [, type, name, value, rest] of inputs) {
    if (type === "hidden" || (rest.includes("checked") && !rest.includes("disabled"))) fields.append(name, text(value));
  }
  const button = /<button[^>]* name="([^"]*)" value="([^"]*)"/.exec(form[2]);
  if (button) fields.append(button[1], text(button[2]));
  return { url: new URL(text(form[1]), base), fields };
}

// control calls the control API of an emulator.
export async function control(host, path, body) {
  const res = await fetch(`https://${host}/-/api/${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
  if (!res.ok) throw new Error(`${path} answered ${res.status}: ${await res.text()}`);
  return res.json();
}

// appleSecret makes the client secret that a service signs for Apple, for clients that leave this to it.
export function appleSecret(account) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const signed = part({ alg: "ES256", kid: account.key_id }) + "." + part({
    iss: account.team_id, iat: now, exp: now + 30 * 86400, aud: "https://appleid.apple.com", sub: account.client_id,
  });
  const key = { key: createPrivateKey(account.private_key), dsaEncoding: "ieee-p1363" };
  return signed + "." + sign("sha256", Buffer.from(signed), key).toString("base64url");
}

// equal fails unless both values are the same.
export function equal(what, got, want) {
  if (got !== want) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

// refused fails unless the promise is rejected with a message that matches.
export async function refused(what, promise, pattern) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    const said = [error.message, error.code, error.error, error.cause?.message, error.cause?.code].join(" ");
    if (pattern.test(said)) return;
    throw new Error(`${what}: ${said}`, { cause: error });
  }
  throw new Error(`${what}: got ${JSON.stringify(value)}, want an error like ${pattern}`);
}

// each runs a sign-in for each provider of PROVIDERS and reports it on a line.
export async function each(signIn) {
  let failed = 0;
  for (const provider of process.env.PROVIDERS.split(",")) {
    try {
      await signIn[provider](accounts[provider], provider);
      console.log("signed in:", provider);
    } catch (error) {
      failed++;
      console.log("failed:", provider, error);
    }
  }
  process.exit(failed ? 1 : 0);
}
