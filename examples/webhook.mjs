// Posts each unrequested death, with its cause, as JSON. A failed post is repeated with growing
// delays for about half a minute; the deaths of one container arrive in order.
//
//   node webhook.mjs URL [ENGINE…]      docker, docker=unix:///path/of/socket …; default: every engine found

import { defer, filter, merge, retry, timer } from 'rxjs';
import { chooseEngines, followEngine } from 'tidings';
import { concatMapBy, deaths } from 'tidings/operators';

const [url = 'http://localhost:8080/', ...engines] = process.argv.slice(2);

const targets = chooseEngines(engines);
const events = merge(
  ...targets.map(({ engine, endpoint }) => followEngine(engine, { endpoint, history: false })),
);

events
  .pipe(
    deaths(),
    filter(({ alarming }) => alarming),
    concatMapBy(
      (death) => defer(() => post(death)).pipe(retry({ count: 6, delay: (_, n) => timer(250 * 2 ** n) })),
      {
        onError: (error, { name, id }) => console.error(`${plain(name ?? id)}: not posted: ${String(error)}`),
        onOverflow: ({ name, id }) => console.error(`${plain(name ?? id)}: one death dropped`),
      },
    ),
  )
  .subscribe((status) => console.log(`posted: ${status}`));

/**
 * @param {import('tidings/operators').Death<import('tidings').IncomingEvent>} death
 * @returns {Promise<number>} the status of the answer
 */
async function post({ event, cause, because, exitCode }) {
  const { id, name, timeNano, attributes } = event;
  const { status } = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id,
      name,
      image: attributes['image'],
      time: String(timeNano),
      exitCode,
      cause,
      because,
    }),
    signal: AbortSignal.timeout(10_000),
  });
  if (status >= 300) throw new Error(`the answer was ${status}`);
  return status;
}

/** @param {string} text Names are untrusted text: control characters must not reach the terminal. */
function plain(text) {
  return text.replaceAll(/[^ -~]/g, '?');
}
