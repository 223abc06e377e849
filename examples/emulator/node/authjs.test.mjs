// Playwright: a user signs in to the service of authjs.mjs, on the pages of the emulator, in a real browser.
//
//     npm install playwright-core
//     CHROMIUM=/usr/bin/chromium node --test authjs.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const service = process.env.SERVICE ?? "http://localhost:3000";
let browser;
before(async () => { browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] }); });
after(() => browser.close());

async function signIn(persona) {
  const page = await browser.newPage({ locale: "ko-KR" });
  await page.goto(service + "/auth/signin");
  await page.getByRole("button", { name: "Kakao" }).click();
  await page.locator(`button[value=${persona}]`).click();
  return page;
}

test("a user signs in", async () => {
  const page = await signIn("ryan");
  await page.locator("input[value=account_email]").check(); // optional
  await page.getByRole("button", { name: "동의하고 계속하기" }).click();
  await page.waitForURL(service + "/");
  assert.equal(await page.textContent("body"), "ryan@example.com");
});

test("a user cancels", async () => {
  const page = await signIn("apeach");
  await page.getByRole("button", { name: "취소" }).click();
  await page.waitForURL(service + "/auth/**");
  await page.goto(service);
  assert.match(await page.textContent("body"), /sign in/);
});
