// Updates the request log of the console. Without this script the page shows the log as of its loading.
"use strict";
(function () {
  const list = document.getElementById("requests");
  if (!list) return;
  const english = list.dataset.lang === "en";
  let last = Number(list.dataset.last) || 0;

  function add(parent, tag, text, name) {
    if (!text && text !== 0) return;
    const e = document.createElement(tag);
    e.textContent = text;
    if (name) e.className = name;
    parent.append(e, " ");
  }

  function show(r) {
    const li = document.createElement("li");
    if (r.status >= 400 || r.status === 0 || r.code) li.className = "bad";
    const line = document.createElement("p");
    line.className = "line";
    add(line, "time", r.time.slice(11, 19));
    add(line, "strong", r.status);
    add(line, "span", r.method + " " + (r.endpoint || r.path));
    add(line, "code", r.code);
    add(line, "span", r.account, "tag");
    add(line, "span", r.scenario, "tag required");
    li.append(line);
    const sent = Object.keys(r.params || {}).sort().map((k) => k + "=" + r.params[k]);
    if (r.auth) sent.unshift("Authorization: " + r.auth);
    add(li, "p", sent.join("  "), "sent");
    add(li, "p", r.message);
    add(li, "p", english ? r.cause_en : r.cause);
    add(li, "p", r.menu);
    add(li, "p", english ? r.hint_en : r.hint, "fix");
    const none = list.querySelector(".none");
    if (none) none.remove();
    list.prepend(li);
    while (list.children.length > 200) list.lastElementChild.remove();
  }

  async function poll() {
    for (;;) {
      try {
        const res = await fetch("/-/api/requests?wait=20&after=" + last, { cache: "no-store" });
        if (!res.ok) throw new Error(res.status);
        for (const r of await res.json()) {
          last = r.id;
          show(r);
        }
      } catch (e) {
        await new Promise((f) => setTimeout(f, 3000));
      }
    }
  }
  poll();
})();
