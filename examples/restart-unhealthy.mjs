// Restarts containers with the label `autoheal=true` when their health check fails. Each container
// has one restart at a time; a slow restart delays no other container.
//
//   node restart-unhealthy.mjs [ENGINE…]      docker, docker=unix:///path/of/socket …; default: every engine found

import { concat, defer, EMPTY, merge, of } from 'rxjs';
import { chooseEngines, followEngine } from 'tidings';
import { byFilters, concatMapBy } from 'tidings/operators';

const GRACE_SECONDS = 10;

const restarted = chooseEngines(process.argv.slice(2)).map(({ engine, endpoint }) => {
  const control = engine.control?.(endpoint);
  if (control === undefined) console.error(`${engine.name}: this engine cannot restart containers`);
  const onStatus = (/** @type {import('tidings').EngineStatus} */ { state }) =>
    console.error(`${engine.name}: ${state}`);
  return followEngine(engine, { endpoint, history: false, onStatus }).pipe(
    byFilters({ event: ['health_status: unhealthy'], label: ['autoheal=true'] }),
    concatMapBy(
      (event) =>
        concat(
          defer(() => control?.restart(event.id, GRACE_SECONDS) ?? EMPTY),
          of(event),
        ),
      {
        // Unhealthy again before the restart is done: one more restart is enough.
        limit: 1,
        onOverflow: () => {},
        onError: (error, event) => console.error(`${plain(event)}: not restarted: ${String(error)}`),
      },
    ),
  );
});

merge(...restarted).subscribe((event) => console.log(`${plain(event)}: restarted`));

/** @param {import('tidings').IncomingEvent} event Names are untrusted text: control characters must not reach the terminal. */
function plain({ id, name = id }) {
  return name.replaceAll(/[^ -~]/g, '?');
}
