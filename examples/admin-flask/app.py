"""An admin page behind norang: lists, disables, enables and signs out users over norang's server API.

ADMINS are the norang ids of the administrators, separated by blanks. NORANG_URL is the address of this page: forms that
another site makes a browser send are refused. NORANG_KEY is an API key (norang key create admin --scope read --scope
write). NORANG_API is the address of the API if the app reaches norang by another one than NORANG_URL."""
import json
import os
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from flask import Flask, abort, redirect, render_template, request

app = Flask(__name__)
API = os.environ.get("NORANG_API") or os.environ["NORANG_URL"] + "/auth/api/v1"
ACTIONS = {"disable": ("POST", "/disable"), "enable": ("POST", "/enable"), "signout": ("DELETE", "/sessions")}


def admin():
    """Return the norang id of the administrator of this request, which only norang's header can say."""
    norang_id = request.headers.get("Remote-User")
    if not norang_id or norang_id not in os.environ.get("ADMINS", "").split():
        abort(403)
    return norang_id


def norang(method, path, body=None):
    """Call the server API and return its answer, None if it is empty."""
    headers = {"Authorization": "Bearer " + os.environ["NORANG_KEY"], "Content-Type": "application/json"}
    call = Request(API + path, json.dumps(body).encode() if body else None, headers, method=method)
    try:
        with urlopen(call, timeout=10) as answer:
            return json.loads(answer.read() or "null")
    except HTTPError as e:
        app.logger.error("norang: %s %s: %s", method, path, e.read().decode())
        abort(e.code if e.code in (404, 409) else 502)  # no such user, or withdrawn meanwhile


@app.get("/admin")
def users():
    admin()
    page = urlencode({"after": request.args.get("after", "")})
    return render_template("admin.html", list=norang("GET", "/users?" + page))


@app.post("/admin")
def act():
    who, form = admin(), request.form
    if request.headers.get("Origin") != os.environ["NORANG_URL"]:
        abort(403)
    method, path = ACTIONS.get(form["action"]) or abort(400)
    # The access record names the key; the reason says which administrator it was.
    reason = {"reason": who + ": " + form["reason"]} if method == "POST" else None
    norang(method, "/users/" + quote(form["id"], safe="") + path, reason)
    app.logger.warning("%s: %s of user %s", who, form["action"], form["id"])
    return redirect("/admin", 303)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
