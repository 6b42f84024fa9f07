// Restarts containers with the label `autoheal=true` when their health check says that they are ill. One restart
// of a container at a time; one that hangs holds up no other.
//
//   node restart-unhealthy.mjs [ENGINE…]      docker, docker=unix:///path/of/socket …; default: all of this machine

import { concat, defer, EMPTY, merge, of } from 'rxjs';
import { chooseEngines, followEngine } from 'tidings';
import { byFilters, perContainer } from 'tidings/operators';

const GRACE_SECONDS = 10;

const restarted = chooseEngines(process.argv.slice(2)).map(({ engine, endpoint }) => {
  const control = engine.control?.(endpoint);
  if (control === undefined) console.error(`${engine.name}: cannot be told to restart anything`);
  const onStatus = (/** @type {import('tidings').EngineStatus} */ { state }) =>
    console.error(`${engine.name}: ${state}`);
  return followEngine(engine, { endpoint, history: false, onStatus }).pipe(
    byFilters({ event: ['health_status: unhealthy'], label: ['autoheal=true'] }),
    perContainer(
      (event) =>
        concat(
          defer(() => control?.restart(event.id, GRACE_SECONDS) ?? EMPTY),
          of(event),
        ),
      {
        // Ill again before the restart is done: one more will do.
        limit: 1,
        onOverflow: () => {},
        onError: (error, event) => console.error(`${plain(event)}: not restarted: ${String(error)}`),
      },
    ),
  );
});

merge(...restarted).subscribe((event) => console.log(`${plain(event)}: restarted`));

/** @param {import('tidings').IncomingEvent} event What it is called is its to say: no terminal shall take it for a command. */
function plain({ id, name = id }) {
  return name.replaceAll(/[^ -~]/g, '?');
}
