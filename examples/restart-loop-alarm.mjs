// Rings the bell when a container crashes repeatedly, keeps counting, and reports the end of the
// crash loop.
//
//   node restart-loop-alarm.mjs [ENGINE…]      docker, docker=unix:///path/of/socket …; default: every engine found

import { merge } from 'rxjs';
import { chooseEngines, followEngine } from 'tidings';
import { foldRestarts, isRestartLoop } from 'tidings/operators';

const BELL = '\u0007';

const targets = chooseEngines(process.argv.slice(2));
const events = merge(...targets.map(({ engine, endpoint }) => followEngine(engine, { endpoint })));

events.pipe(foldRestarts({ deaths: 3, within: 60_000 })).subscribe((item) => {
  if (!isRestartLoop(item)) return;
  const name = plain(item.name ?? item.id);
  const code = plain(item.latest.attributes['exitCode'] ?? 'unknown');
  if (item.over) console.log(`${name}: over, after ${item.deaths} deaths`);
  else if (item.deaths === 3) console.log(`${BELL}${name}: crash loop, exit code ${code}`);
  else console.log(`${name}: ${item.deaths} deaths, exit code ${code}`);
});

/** @param {string} text Names are untrusted text: control characters must not reach the terminal. */
function plain(text) {
  return text.replaceAll(/[^ -~]/g, '?');
}
