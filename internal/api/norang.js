// norang.js: sign-in state and access tokens for single-page apps. An ES module without dependencies.
// Documentation: docs/single-page-apps.md. Types: norang.d.ts.

/** An answer of norang that is not a success. */
export class NorangError extends Error {
  constructor(status, problem) {
    super(problem.title ?? "norang answered " + status);
    this.name = "NorangError";
    this.status = status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

const renewBefore = 30_000; // ms before a token expires, so that it is still valid when the API reads it
const answerWithin = 150; // ms in which another tab answers

const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/**
 * connect returns a client of the norang whose pages are below base, such as "https://login.example.com/auth". Without
 * base it is the norang that this module was loaded from. With handoff the page is on another site, where it has a
 * session of its own instead of the cookie.
 */
export function connect(base, { handoff = false } = {}) {
  base = (base ? new URL(base, document.baseURI) : new URL(/* @vite-ignore */ ".", import.meta.url)).href.replace(/\/$/, "");
  const name = "norang:" + base;
  const listeners = new Set();
  const tokens = new Map(); // audience → { token, expires }
  const asking = new Map(); // what is being fetched → promise
  const waiting = new Map(); // audience → functions that take another tab's token
  let known; // the last session; undefined before the first answer
  let challenge = ""; // of the verifier in this tab
  const ready = handoff ? arrive() : Promise.resolve();

  // Access tokens and changes of the session are shared by the tabs of this origin. With handoff each tab has a session
  // of its own, of which the others must not hear.
  const channel = globalThis.BroadcastChannel && !handoff ? new BroadcastChannel(name) : undefined;
  const locks = globalThis.navigator?.locks;
  if (channel) {
    locks?.request(name + ":tab", { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
    channel.onmessage = ({ data }) => {
      if (data.ask && usable(data.ask)) {
        channel.postMessage({ audience: data.ask, ...tokens.get(data.ask) });
      } else if (data.token) {
        const now = sessionOf(data.token);
        if (known?.session?.id === now) {
          tokens.set(data.audience, { token: data.token, expires: data.expires });
          waiting.get(data.audience)?.();
        } else if (known) {
          session().catch(() => {}); // one of the two tabs has not heard that the session changed
        } else {
          keepOnly(now);
        }
      } else if ("session" in data) {
        remember(data.session, { tell: false, changed: data.changed });
      }
    };
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || !(known || tokens.size)) return;
    session().catch(() => {}); // it may have ended elsewhere
  });

  function usable(audience) {
    const kept = tokens.get(audience);
    return kept && kept.expires - Date.now() > renewBefore;
  }

  // remember keeps a session, and tells the listeners and the other tabs if it has changed. A page that has never asked
  // for its session cannot tell by itself: changed says so, or a token of another session.
  function remember(next, { tell = true, changed = false } = {}) {
    const before = known;
    known = next;
    if (keepOnly(next.session?.id)) changed = true;
    if (before) changed = JSON.stringify(identity(before)) !== JSON.stringify(identity(next));
    if (changed) for (const listener of listeners) listener(next);
    if (tell && (changed || !before)) channel?.postMessage({ session: next, changed });
    return next;
  }

  // keepOnly drops the access tokens of other sessions, and reports whether there were any.
  function keepOnly(id) {
    const others = [...tokens].filter(([, kept]) => sessionOf(kept.token) !== id);
    for (const [audience] of others) tokens.delete(audience);
    return others.length > 0;
  }
  const sessionOf = (token) => JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sid;
  const identity = (s) => [s.signed_in, s.status, s.user?.id, s.session?.id];

  // once lets callers at the same time share one request.
  function once(key, ask) {
    if (!asking.has(key)) asking.set(key, ask().finally(() => asking.delete(key)));
    return asking.get(key);
  }

  async function call(path, form) {
    await ready;
    return send(path, form);
  }

  async function send(path, form) {
    const headers = { Accept: "application/json" };
    if (form) headers["X-Norang-CSRF"] = "1";
    const bearer = handoff && sessionStorage.getItem(name);
    if (bearer) headers.Authorization = "Bearer " + bearer;
    const answer = await fetch(base + path, {
      method: form ? "POST" : "GET",
      credentials: handoff ? "omit" : "include",
      cache: "no-store",
      headers,
      body: form && new URLSearchParams(form),
    });
    const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new NorangError(answer.status, body);
    return body;
  }

  // arrive redeems the code that the browser brought, and prepares the next sign-in so that it needs no waiting.
  async function arrive() {
    const kept = name + ":verifier";
    const here = new URL(location.href);
    const code = here.searchParams.get("norang_code");
    const verifier = sessionStorage.getItem(kept) ?? encode(crypto.getRandomValues(new Uint8Array(32)));
    sessionStorage.setItem(kept, verifier);
    challenge = encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
    if (!code) return;
    // The rest of the query stays as it was written; searchParams would encode it anew.
    const rest = here.search.slice(1).split("&").filter((pair) => !pair.startsWith("norang_code=")).join("&");
    history.replaceState(history.state, "", here.pathname + (rest && "?" + rest) + here.hash);
    try {
      const answer = await send("/handoff/" + encodeURIComponent(code), { code_verifier: verifier });
      sessionStorage.setItem(name, answer.session);
    } catch (error) {
      if (!(error instanceof NorangError)) throw error;
      console.warn("norang: " + error.message); // used or expired: the user is not signed in
    }
  }

  const session = () => once("session", async () => remember(await call("/session")));

  function signIn({ returnTo, provider, prompt, loginHint } = {}) {
    if (handoff) {
      const leave = () => {
        const page = new URL(returnTo ?? location.href, location.href);
        location.assign(base + "/handoff?" + new URLSearchParams({ return_to: page.href, code_challenge: challenge }));
      };
      if (challenge) leave();
      else ready.finally(leave); // called right after connect
      return;
    }
    const target = new URL(provider ? "/oauth/" + provider : base + "/login", base);
    const back = new URL(returnTo ?? location.href, location.href);
    const own = back.origin === target.origin;
    target.searchParams.set("return_to", own ? back.pathname + back.search + back.hash : back.href);
    if (prompt) target.searchParams.set("prompt", prompt);
    if (loginHint) target.searchParams.set("login_hint", loginHint);
    location.assign(target);
  }

  async function signOut({ everywhere = false } = {}) {
    await call("/signout", everywhere ? { everywhere: "1" } : {});
    if (handoff) sessionStorage.removeItem(name);
    remember({ signed_in: false, login_url: known?.login_url ?? new URL(base).pathname + "/login" }, { changed: true });
  }

  async function token(audience = "") {
    if (!usable(audience)) await once("token " + audience, () => fetchToken(audience));
    const kept = tokens.get(audience);
    if (!kept) throw new NorangError(401, { title: "signed out meanwhile", code: "session.none" });
    return kept.token;
  }

  // fetchToken lets one tab fetch at a time; the others take its token.
  async function fetchToken(audience) {
    if (!locks || !channel) return newToken(audience);
    await locks.request(name + ":token " + audience, async () => {
      if (!usable(audience)) await fromOtherTab(audience);
      if (!usable(audience)) await newToken(audience);
    });
  }

  // fromOtherTab takes only a token of this session: the other tab may not know yet that another user has signed in.
  async function fromOtherTab(audience) {
    const held = (await locks.query()).held.filter((lock) => lock.name === name + ":tab");
    if (held.length < 2) return;
    if (!known) await session().catch(() => {});
    if (!known?.signed_in) return;
    await new Promise((done) => {
      waiting.set(audience, done);
      channel.postMessage({ ask: audience });
      setTimeout(done, answerWithin);
    });
    waiting.delete(audience);
  }

  async function newToken(audience) {
    try {
      const asked = known;
      const answer = await call("/token", audience ? { audience } : {});
      const kept = { token: answer.access_token, expires: Date.now() + answer.expires_in * 1000 };
      if (known && known.session?.id !== sessionOf(kept.token)) {
        if (known !== asked) return newToken(audience); // of a session that has ended meanwhile
        session().catch(() => {}); // a sign-in without this module
      }
      tokens.set(audience, kept);
      channel?.postMessage({ audience, ...kept });
    } catch (error) {
      if (error.code === "session.none" && known?.signed_in) {
        remember({ signed_in: false, login_url: error.problem.login_url ?? "" });
      }
      throw error;
    }
  }

  function onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { session, signIn, signOut, token, onChange };
}
