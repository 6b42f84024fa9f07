import type { RequestListener, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Engine, EngineStatus } from '../../../src/engines/engine.ts';
import { followEngine } from '../../../src/engines/follow.ts';
import { engines as known } from '../../../src/engines/index.ts';
import { type Answers, BAD, type BadServer, badServer, SILENT } from '../../support/bad-servers.ts';
import { record } from '../../support/record.ts';
import { virtualTime } from '../../support/virtual-time.ts';

// A fleet has no engine of its own to connect to.
const engines = known.flatMap((engine) => ('stream' in engine ? [] : [[engine.name, engine] as const]));

/** One short line that is safe to print. */
const PRINTABLE = /^retrying: [\x20-\x7e…]{1,300}$/;

/** Follows an endpoint until the test ends, and keeps its statuses. */
function following(
  engine: Engine,
  endpoint: string,
  options: Partial<Parameters<typeof followEngine>[1]> = {},
): { readonly states: readonly string[]; readonly values: readonly unknown[] } {
  const states: string[] = [];
  const onStatus = ({ state, detail }: EngineStatus): void => void states.push(`${state}: ${detail}`);
  const { subscription, values } = record(followEngine(engine, { endpoint, onStatus, ...options }));
  onTestFinished(() => subscription.unsubscribe());
  return { states, values };
}

describe.each(Object.entries(BAD))('a server that %s', (_, answers) => {
  let server: BadServer;
  beforeAll(async () => void (server = await badServer(answers)));
  afterAll(async () => await server[Symbol.asyncDispose]());

  it.each(engines)('is not connected as %s for a moment, and tried again', async (_name, engine) => {
    const { states, values } = following(engine, server.endpoint, { random: () => 0 });
    await server.connections(3);
    await expect.poll(() => states.length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(states[0]).toBe('connecting: no answer yet');
    for (const state of states.slice(1)) expect(state).toMatch(PRINTABLE);
    expect(values).toEqual([]);
  });
});

describe.each(Object.entries(SILENT))('a server that %s', (_, answers) => {
  it.each(engines)('is not connected as %s, and given up after 10 s', async (_name, engine) => {
    await using server = await badServer(answers);
    const time = virtualTime();
    const { states } = following(engine, server.endpoint, { scheduler: time.scheduler });
    await server.connections(1);
    await arrivals();
    time.pass(10_001);
    expect(states).toHaveLength(2);
    expect(states[1]).toMatch(PRINTABLE);
  });
});

describe.each(engines.filter(([name]) => name === 'docker' || name === 'podman'))(
  'a server that answers as %s does, but for its events',
  (_, engine) => {
    /** From the n-th request on, events are answered badly. */
    const from = (n: number, bad: RequestListener): Answers => {
      let count = 0;
      return {
        http: (request, response) => {
          if (!(request.url ?? '').includes('/events')) good(engine, response);
          else if (++count >= n) bad(request, response);
          else response.writeHead(200).flushHeaders();
        },
      };
    };
    const inHttp = (all: Readonly<Record<string, Answers>>): [string, RequestListener][] =>
      Object.entries(all).flatMap(([name, each]) => ('http' in each ? [[name, each.http]] : []));

    describe.each([
      ['stream of events', 1],
      ['kept events', 2],
    ])('where its %s', (_part, n) => {
      it.each(inHttp(BAD))('%s: it is not connected', async (_name, bad) => {
        let isAsked = false;
        const noted: RequestListener = (request, response) => {
          isAsked = true;
          bad(request, response);
        };
        await using server = await badServer(from(n, noted));
        const { states } = following(engine, server.endpoint, { scheduler: virtualTime().scheduler });
        await expect.poll(() => states.at(-1)).toMatch(PRINTABLE);
        expect(isAsked).toBe(true);
        expect(states.filter((state) => state.startsWith('connected'))).toEqual([]);
      });

      it.each(inHttp(SILENT))('%s: it is not connected', async (_name, bad) => {
        let resolve = (): void => undefined;
        const answered = new Promise<void>((done) => (resolve = done));
        const noted: RequestListener = (request, response) => {
          bad(request, response);
          resolve();
        };
        await using server = await badServer(from(n, noted));
        const time = virtualTime();
        const { states } = following(engine, server.endpoint, { scheduler: time.scheduler });
        await answered;
        await arrivals();
        time.pass(4001);
        expect(states.at(-1)).toBe('retrying: its answer stops in the middle of an object');
        expect(states.filter((state) => state.startsWith('connected'))).toEqual([]);
      });
    });
  },
);

/** Lets the answers on their way arrive. */
async function arrivals(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

/** The answers that both engines need to a ping and to a request for information. */
function good({ name }: Engine, response: ServerResponse): void {
  response.writeHead(200, name === 'podman' ? { 'libpod-api-version': '4.3.1' } : { 'api-version': '1.41' });
  response.end(JSON.stringify({ ID: 'an-id', host: { hostname: 'h' }, store: { graphRoot: '/r' } }));
}
