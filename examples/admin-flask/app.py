"""An admin page behind norang: lists, disables, enables and signs out users by the norang command on the same machine.

ADMINS are the norang ids of the administrators, separated by blanks. NORANG_DATABASE is the service's database, and
NORANG_URL the address of this page: forms that another site makes a browser send are refused.
"""
import json
import os
import subprocess

from flask import Flask, abort, redirect, render_template, request

app = Flask(__name__)
ACTIONS = {
    "disable": ["user", "disable"],
    "enable": ["user", "enable"],
    "signout": ["session", "revoke", "--all"],
}


def admin():
    """Return the norang id of the administrator of this request, which only norang's header can say."""
    norang_id = request.headers.get("Remote-User")
    if not norang_id or norang_id not in os.environ.get("ADMINS", "").split():
        abort(403)
    return norang_id


def norang(*args):
    """Run a command with the administrator's name in its access record, and return its JSON."""
    env = {name: os.environ[name] for name in ("PATH", "NORANG_DATABASE") if name in os.environ}
    run = subprocess.run(["norang", *args, "--json", "--lang=ko", "--as=" + admin()],
                         env=env, capture_output=True, text=True, timeout=30)
    if run.returncode:
        app.logger.error("norang %s: %s", args[:2], run.stderr)
        abort(502)
    return json.loads(run.stdout)


@app.get("/admin")
def users():
    page = norang("user", "list", "--limit=50", "--after=" + request.args.get("after", ""))
    return render_template("admin.html", list=page)


@app.post("/admin")
def act():
    if request.headers.get("Origin") != os.environ["NORANG_URL"]:
        abort(403)
    if request.form["action"] not in ACTIONS:
        abort(400)
    norang(*ACTIONS[request.form["action"]], "id:" + request.form["id"], "--reason=" + request.form["reason"])
    return redirect("/admin", 303)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
