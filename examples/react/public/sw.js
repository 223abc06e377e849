// A cache-first service worker. norang's paths are left alone: a callback that is answered from the cache never reaches
// norang, and the sign-in is lost.
const shell = "shell-1";
const norangPaths = /^\/(auth|oauth|\.well-known)\//;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(shell).then((cache) => cache.add("/")).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || norangPaths.test(url.pathname)) return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  const cache = await caches.open(shell);
  const kept = await cache.match(request.mode === "navigate" ? "/" : request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}
