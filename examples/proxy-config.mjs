// Keeps a file of nginx upstreams, one for each running container with the label `proxy.port`. The
// file is replaced atomically whenever such a container starts, ends or is renamed.
//
//   node proxy-config.mjs FILE [ENGINE]      docker, docker=unix:///path/of/socket …; default: docker

import { renameSync, writeFileSync } from 'node:fs';
import { debounceTime, distinctUntilChanged, filter, map, merge, of, tap } from 'rxjs';
import { followEngine, parseEngine } from 'tidings';
import { createStateTable } from 'tidings/operators';

const [file = 'upstreams.conf', name = 'docker'] = process.argv.slice(2);

const target = parseEngine(name);
if (typeof target === 'string') throw new RangeError(`one engine, not ${target}`);
const { engine, endpoint } = target;

const containers = createStateTable();
// Containers that exist already. Older events that the engine still holds lead to the same states.
const listed = engine.control?.(endpoint).list() ?? of([]);

merge(
  listed.pipe(tap((list) => list.forEach(({ state }) => containers.set(state)))),
  followEngine(engine, { endpoint }).pipe(filter((event) => containers.fold(event).length > 0)),
)
  .pipe(
    debounceTime(100),
    map(() => [...containers].map(upstream).sort().join('')),
    distinctUntilChanged(),
  )
  .subscribe((text) => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    console.log(`${file}: ${text.split('upstream').length - 1} upstreams`);
  });

/**
 * Labels are untrusted text: only a port and a host name get into the configuration.
 *
 * @param {import('tidings/operators').ContainerState} container
 */
function upstream({ state, name = '', labels }) {
  const port = labels['proxy.port'] ?? '';
  if (state !== 'running' || !/^\d{1,5}$/.test(port) || !/^[\w.-]+$/.test(name)) return '';
  return `upstream ${name} { server ${name}:${port}; }\n`;
}
