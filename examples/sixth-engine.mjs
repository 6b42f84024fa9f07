// Adds an engine to tidings: boxd, whose socket writes one line of JSON an event and keeps none:
// {"at":1795843998.5,"box":"b1","name":"web","did":"ended","code":3}
//   node sixth-engine.mjs unix:///run/boxd.sock

import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { ignoreElements, map, Observable, of, take } from 'rxjs';
import { followEngine, foreignAttributes, received } from 'tidings/engine';

/** @type {Readonly<Record<string, string>>} boxd's words, and the common ones */
const WORDS = { made: 'create', started: 'start', ended: 'die', gone: 'destroy' };

/** @type {import('tidings/engine').Engine} */
const boxd = {
  name: 'boxd',
  defaultEndpoint: 'unix:///run/boxd.sock',
  detect: () => (existsSync('/run/boxd.sock') ? ['unix:///run/boxd.sock'] : []),
  checkEndpoint: (endpoint) => {
    if (endpoint.startsWith('unix:///')) return endpoint;
    throw new RangeError(`invalid endpoint ${endpoint}: right would be unix:///path/of/socket`);
  },
  connect: (endpoint) => {
    const source = { engine: 'boxd', endpoint };
    const batches = lines(endpoint.slice('unix://'.length));
    return of({
      source,
      keeps: 0,
      events: () => batches.pipe(map((texts) => texts.map((text) => received(translate(text, source))))),
      // It keeps nothing: that it accepts a connection shows that it is alive.
      held: () => batches.pipe(take(1), ignoreElements()),
    });
  },
};

/** @param {string} text @param {import('tidings/engine').EventSource} source */
function translate(text, source) {
  const { at, box, name, did, code, labels = {} } = JSON.parse(text);
  const attributes = { ...foreignAttributes(labels), ...(did === 'ended' ? { exitCode: String(code) } : {}) };
  const timeNano = BigInt(Math.round(at * 1e9));
  return { timeNano, type: 'container', action: WORDS[did] ?? did, id: box, name, attributes, source };
}
/** An empty list once connected, then complete lines as they come. @param {string} path @returns {Observable<string[]>} */
function lines(path) {
  return new Observable((subscriber) => {
    let rest = '';
    const socket = createConnection(path, () => subscriber.next([])).setEncoding('utf8');
    socket.on('data', (/** @type {string} */ text) => {
      const all = (rest + text).split('\n');
      rest = all.pop() ?? '';
      if (all.length > 0) subscriber.next(all);
    });
    socket.on('error', (error) => subscriber.error(error)).on('end', () => subscriber.complete());
    return () => socket.destroy();
  });
}

const [endpoint = boxd.defaultEndpoint] = process.argv.slice(2);
followEngine(boxd, { endpoint }).subscribe(({ action, name }) => console.log(`${action} ${name ?? ''}`));
