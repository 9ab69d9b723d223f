// Opens each report in headless Chromium at phone and desktop width, light and dark, and says what is wrong with it.
// Arguments: a new folder for the browser's profile, a folder for the pictures, the reports.
import {chromium} from 'playwright-core';
import {createRequire} from 'node:module';
import {basename, dirname} from 'node:path';

const [profile, pictures, ...reports] = process.argv.slice(2);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SECTIONS = ['result', 'steps', 'inventory', 'drift', 'lifecycle', 'behaviour', 'posture', 'unread'];
const faults = [];
let looked = 0;

const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  // The page allows no script; the checks that are run in it are ours.
  bypassCSP: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
for (const report of reports) {
  const name = basename(dirname(report));
  for (const [width, height] of [[390, 844], [1280, 900]]) {
    for (const colorScheme of ['light', 'dark']) {
      const at = `${name} at ${width} px, ${colorScheme}`;
      const page = await browser.newPage();
      await page.setViewportSize({width, height});
      await page.emulateMedia({colorScheme});
      page.on('console', message => faults.push(`${at}: console: ${message.text()}`));
      page.on('pageerror', error => faults.push(`${at}: ${error.message}`));
      page.on('request', request => {
        if (!request.url().startsWith('file:')) faults.push(`${at}: asked for ${request.url()}`);
      });
      await page.goto(`file://${report}`);
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - window.innerWidth,
        sections: [...document.querySelectorAll('section')].map(section => section.id),
      }));
      if (seen.wide > 0) faults.push(`${at}: ${seen.wide} px too wide`);
      if (String(seen.sections) !== String(SECTIONS)) faults.push(`${at}: sections ${seen.sections}`);
      await page.screenshot({path: `${pictures}/${name}-${width}-${colorScheme}.png`});
      await page.evaluate(() => document.querySelectorAll('details').forEach(one => { one.open = true; }));
      const opened = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (opened > 0) faults.push(`${at}: unfolded ${opened} px too wide`);
      // The rules look at each element: on a huge page that takes minutes and tells the same.
      if (await page.evaluate(() => document.querySelectorAll('*').length) < 15000) {
        await page.addScriptTag({path: axe});
        const {violations} = await page.evaluate(() => window.axe.run());
        for (const {id, nodes} of violations) {
          faults.push(`${at}: ${id} (${nodes.length}): ${nodes[0].html.slice(0, 160)}`);
        }
      }
      looked += 1;
      await page.close();
    }
  }
}
await browser.close();
console.log(`looked ${looked} times`);
if (looked !== reports.length * 4 || faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
