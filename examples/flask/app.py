"""The tutorial's service behind norang: a home page, a user table, an ordinary login beside Kakao, sign-out."""
import os
import sqlite3
from urllib.parse import unquote

from flask import Flask, abort, flash, redirect, render_template, request, session
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__)
app.config.update(SECRET_KEY=os.environ.get("SECRET_KEY") or os.urandom(32), SESSION_COOKIE_SAMESITE="Lax")
db = sqlite3.connect(os.environ.get("DATABASE", "users.db"), check_same_thread=False, isolation_level=None)
db.row_factory = sqlite3.Row
db.execute("""CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY, norang_id TEXT UNIQUE, name TEXT NOT NULL, login TEXT UNIQUE, password TEXT)""")


def current_user():
    """Return the user of this request: norang's header comes first and is read on every request, never kept."""
    if norang_id := request.headers.get("Remote-User"):
        session.clear()  # an ordinary session must not reappear after the Kakao user has signed out
        name = unquote(request.headers.get("Remote-Name", "")) or "회원"
        return db.execute("""INSERT INTO users (norang_id, name) VALUES (?, ?)
            ON CONFLICT (norang_id) DO UPDATE SET name = excluded.name RETURNING *""", (norang_id, name)).fetchall()[0]
    return db.execute("SELECT * FROM users WHERE id = ?", (session.get("user_id"),)).fetchone()


@app.get("/")
def home():
    return render_template("home.html", user=current_user())


@app.get("/my")
def my():
    return render_template("my.html", user=current_user() or abort(redirect("/auth/login?return_to=/my")))


@app.post("/login")
def login():
    """Sign in with a login name and a password; a new name registers."""
    name, password = request.form["login"].strip(), request.form["password"]
    user = db.execute("SELECT * FROM users WHERE login = ?", (name,)).fetchone()
    if not user and name and len(password) >= 8:
        user = db.execute("""INSERT INTO users (login, name, password) VALUES (?, ?, ?) ON CONFLICT (login) DO UPDATE
            SET login = excluded.login RETURNING *""", (name, name, generate_password_hash(password))).fetchall()[0]
    if not user or not check_password_hash(user["password"], password):
        flash("아이디나 비밀번호를 확인해 주세요. 비밀번호는 8자 이상이에요.")
    else:
        session["user_id"] = user["id"]
    return redirect("/")


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
