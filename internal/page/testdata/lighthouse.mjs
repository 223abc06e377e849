// Runs Lighthouse on pages in one Chromium: node lighthouse.mjs DIRECTORY CHROMIUM, with {name, url, desktop} of each
// page as JSON on standard input. It prints a line of JSON for each page: its points by category, and what failed.
//
// Nothing is throttled, and nothing is waited for once a page has loaded: the pages have no scripts that go on.
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {createRequire} from 'node:module';

const [directory, chromePath] = process.argv.slice(2);
const core = await import(pathToFileURL(join(directory, 'core', 'index.js')));
const launcher = createRequire(join(directory, 'package.json')).resolve('chrome-launcher');
const {launch} = await import(pathToFileURL(launcher));

let input = '';
for await (const chunk of process.stdin) input += chunk;

const screen = {
  phone: {formFactor: 'mobile', screenEmulation: {mobile: true, width: 360, height: 800, deviceScaleFactor: 2}},
  desktop: {formFactor: 'desktop', screenEmulation: {mobile: false, width: 1280, height: 800, deviceScaleFactor: 1}},
};
const chrome = await launch({chromePath, chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu']});
try {
  for (const {name, url, desktop} of JSON.parse(input)) {
    const {lhr} = await core.default(url, {
      ...screen[desktop ? 'desktop' : 'phone'],
      port: chrome.port, logLevel: 'error', onlyCategories: ['accessibility', 'best-practices'],
      disableFullPageScreenshot: true, maxWaitForLoad: 60_000, maxWaitForFcp: 60_000,
      pauseAfterFcpMs: 0, pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0,
    });
    const failed = Object.values(lhr.audits).filter(a => a.score !== null && a.score < 1 || a.scoreDisplayMode === 'error');
    const scores = Object.fromEntries(Object.values(lhr.categories).map(c => [c.id, c.score]));
    console.log(JSON.stringify({
      name, scores, error: lhr.runtimeError?.message ?? '',
      failed: failed.map(a => `${a.id}: ${a.title}${a.errorMessage ? ` (${a.errorMessage})` : ''}`),
    }));
  }
} finally {
  chrome.kill();
}
