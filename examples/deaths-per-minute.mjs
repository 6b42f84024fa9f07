// Prints a table of deaths by image and minute, and prints it again when it changes.
//
//   node deaths-per-minute.mjs [ENGINE…]      docker, docker=unix:///path/of/socket …; default: every engine found

import { auditTime, merge, tap } from 'rxjs';
import { chooseEngines, followEngine } from 'tidings';
import { byFilters, distinctWithin } from 'tidings/operators';

const MINUTES = 10;

/** @type {Map<string, Map<string, number>>} Deaths by minute, then by image. */
const table = new Map();

const targets = chooseEngines(process.argv.slice(2));
const events = merge(...targets.map(({ engine, endpoint }) => followEngine(engine, { endpoint })));

events
  .pipe(byFilters({ type: ['container'], event: ['die'] }), distinctWithin(), tap(count), auditTime(200))
  .subscribe(draw);

/** @param {import('tidings').IncomingEvent} event */
function count({ timeNano, attributes }) {
  const minute = new Date(Number(timeNano / 1_000_000n)).toISOString().slice(0, 16);
  // The image's name is untrusted text: control characters must not reach the terminal.
  const image = (attributes['image'] ?? 'unknown').replaceAll(/[^ -~]/g, '?');
  const images = table.get(minute) ?? new Map();
  table.set(minute, images.set(image, (images.get(image) ?? 0) + 1));
  for (const old of [...table.keys()].sort().slice(0, -MINUTES)) table.delete(old);
}

function draw() {
  const minutes = [...table.keys()].sort();
  const images = [...new Set(minutes.flatMap((minute) => [...(table.get(minute)?.keys() ?? [])]))].sort();
  const row = (/** @type {string} */ image) =>
    Object.fromEntries(minutes.map((minute) => [minute.slice(11), table.get(minute)?.get(image) ?? 0]));
  console.table(Object.fromEntries(images.map((image) => [image, row(image)])));
}
