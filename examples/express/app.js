// An Express app behind norang: it reads who is signed in from the headers of each request and keeps no session.
import express from "express";

const app = express();
const users = new Map(); // your user table, by norang's user id

app.use((req, res, next) => {
  const id = req.get("Remote-User");
  if (id) {
    const name = decodeURIComponent(req.get("Remote-Name") || "") || "회원";
    req.user = { ...users.get(id), id, name, email: req.get("Remote-Email") || null };
    users.set(id, req.user);
  }
  next();
});

const escape = (s) => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const page = (body) => `<!doctype html><html lang="ko"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>익스프레스 가게</title>
<style>:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }</style>
<main><h1>익스프레스 가게</h1>${body}</main></html>`;

app.get("/", (req, res) => {
  if (!req.user) {
    return res.send(page('<p><a href="/oauth/kakao?return_to=/">카카오로 시작하기</a></p>'));
  }
  res.send(page(`<p id="user">${escape(req.user.name)}님, 안녕하세요.</p>
    <form method="post" action="/auth/signout"><input type="hidden" name="return_to" value="/"><button>로그아웃</button></form>
    <p><a href="/oauth/kakao/signout?return_to=/">카카오계정도 함께 로그아웃</a></p>`));
});

app.listen(process.env.PORT || 8000, "127.0.0.1");
