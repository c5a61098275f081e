// Photographs pages with a headless Chromium: node scripts/screenshot.mjs PROFILE < requests
//
// Each line of standard input is a request, {"url", "file", "width", "height", "text"}: the page is photographed once it shows
// the text. Chromium is driven through its debugging pipe, so no package is needed.
import {spawn} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import readline from 'node:readline';

const patience = 60_000; // ms until a page must show its text
const browser = spawn('chromium', [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--lang=en-GB', '--user-data-dir=' + process.argv[2],
  '--remote-debugging-pipe', 'about:blank',
], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});

const waiting = new Map();
let last = 0;
let unread = Buffer.alloc(0);
browser.stdio[4].on('data', (chunk) => {
  unread = Buffer.concat([unread, chunk]);
  for (let end = unread.indexOf(0); end >= 0; end = unread.indexOf(0)) {
    const message = JSON.parse(unread.subarray(0, end).toString());
    unread = unread.subarray(end + 1);
    const request = waiting.get(message.id);
    if (!request) continue;
    waiting.delete(message.id);
    if (message.error) request.reject(new Error(message.error.message));
    else request.resolve(message.result);
  }
});

function call(method, params = {}, sessionId = undefined) {
  last += 1;
  const id = last;
  browser.stdio[3].write(JSON.stringify({id, method, params, sessionId}) + '\0');
  return new Promise((resolve, reject) => waiting.set(id, {resolve, reject}));
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function photograph({url, file, width, height, text}) {
  const {targetId} = await call('Target.createTarget', {url: 'about:blank'});
  const {sessionId} = await call('Target.attachToTarget', {targetId, flatten: true});
  await call('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: width < 500}, sessionId);
  await call('Emulation.setLocaleOverride', {locale: 'en-GB'}, sessionId);
  await call('Page.navigate', {url}, sessionId);
  const shown = `document.body !== null && document.fonts.status === 'loaded' && (document.body.innerText.includes(${JSON.stringify(text)}) ||
    [...document.querySelectorAll('iframe')].some((f) => f.contentDocument?.body?.innerText.includes(${JSON.stringify(text)})))`;
  for (const end = Date.now() + patience; ;) {
    const {result} = await call('Runtime.evaluate', {expression: shown}, sessionId);
    if (result.value === true) break;
    if (Date.now() > end) throw new Error(`${url} does not show "${text}"`);
    await pause(200);
  }
  await pause(1500); // what slides or fades in has come to rest
  const {data} = await call('Page.captureScreenshot', {format: 'png'}, sessionId);
  await writeFile(file, Buffer.from(data, 'base64'));
  await call('Target.closeTarget', {targetId});
  console.log(file);
}

try {
  for await (const line of readline.createInterface({input: process.stdin})) await photograph(JSON.parse(line));
} finally {
  browser.kill();
}
