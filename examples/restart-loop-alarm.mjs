// Rings when a container crashes over and over, counts on, and says when that is over.
//
//   node restart-loop-alarm.mjs [ENGINE…]      docker, docker=unix:///path/of/socket …; default: all of this machine

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

/** @param {string} text What a container is called is its to say: no terminal shall take it for a command. */
function plain(text) {
  return text.replaceAll(/[^ -~]/g, '?');
}
