// Playwright: a user logs in on the pages of the emulator in a real browser.
//
//     npm install playwright-core
//     EMULATOR=http://localhost:5001 CHROMIUM=/usr/bin/chromium node browser.mjs
//
// In your own test the service's login button opens the authorize address; here the test opens it.
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const emulator = process.env.EMULATOR ?? "http://localhost:5001";
const service = createServer((req, res) => res.end("welcome")).listen(0, "127.0.0.1");
await new Promise((resolve) => service.once("listening", resolve));
const callback = `http://localhost:${service.address().port}/callback`;

const app = await fetch(emulator + "/-/api/apps", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ redirect_uris: [callback] }),
}).then((r) => r.json());

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ locale: "ko-KR" });
  const query = new URLSearchParams({ client_id: app.rest_key, redirect_uri: callback, response_type: "code", state: "s" });
  await page.goto(`${emulator}/oauth/authorize?${query}`);
  await page.getByLabel("이메일, 전화번호 또는 계정 이름").fill("ryan@example.com");
  await page.getByLabel(/비밀번호/).fill("any");
  await page.getByRole("button", { name: "로그인", exact: true }).click();
  await page.getByRole("button", { name: "동의하고 계속하기" }).click();
  await page.waitForURL(callback + "?**");
  const back = new URL(page.url()).searchParams;
  if (!back.get("code") || back.get("state") !== "s") throw new Error("came back without a code: " + page.url());
  console.log("OK");
} finally {
  await browser.close();
  service.close();
}
