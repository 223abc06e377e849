// Adds new requests to the console's request log. Without this script the page shows the log as of its loading.
"use strict";
(function () {
  const list = document.getElementById("requests");
  if (!list) return;
  let last = list.dataset.last;

  async function poll() {
    for (;;) {
      try {
        const query = "wait=20&after=" + last + "&lang=" + list.dataset.lang + "&" + list.dataset.query;
        const res = await fetch("/-/rows?" + query, { cache: "no-store" });
        if (!res.ok) throw new Error(res.status);
        last = res.headers.get("Last-Request");
        const rows = document.createElement("template");
        rows.innerHTML = await res.text(); // escaped by the server
        if (rows.content.querySelector("li")) {
          list.querySelector(".none")?.remove();
          list.prepend(rows.content);
        }
        while (list.children.length > 300) list.lastElementChild.remove();
      } catch (e) {
        await new Promise((f) => setTimeout(f, 3000));
      }
    }
  }
  poll();
})();
