/** Facts from an engine, on a server that answers as Docker does. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineFacts } from '../../../cli/source/engine-facts.ts';
import type { Explanation } from '../../../operators/explanation.ts';
import { instant } from '../../../src/index.ts';

const directory = mkdtempSync('/tmp/td-');
const check = (Start: string, ExitCode: number): object => ({ Start, ExitCode, Output: `at ${Start}\n` });
const inspected = {
  Id: 'web',
  State: {
    Status: 'running',
    Health: {
      Status: 'unhealthy',
      Log: [
        check('2026-11-28T01:00:00Z', 0),
        check('2026-11-28T01:00:01Z', 1),
        check('2026-11-28T03:00:00Z', 1),
      ],
    },
  },
};
const server = createServer(({ url = '' }, answer) => {
  answer.setHeader('Api-Version', '1.41');
  if (url.endsWith('/web/json')) answer.end(JSON.stringify(inspected));
  else if (url.endsWith('/_ping')) answer.end('OK');
  // One line of 10 MB.
  else if (url.includes('/web/logs')) answer.end('\u001b[2J' + 'x'.repeat(10_000_000));
  else answer.writeHead(404).end('{}');
});

beforeAll(async () => {
  server.listen(`${directory}/s`);
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const died = (id: string, endpoint = `unix://${directory}/s`): Explanation =>
  ({
    ...{ id, engine: 'docker', endpoint, status: 'died' },
    death: { time: String(instant.parse('2026-11-28T02:00:00Z')), failedChecks: 1 },
  }) as Explanation;

it('shows the failed checks before the death, none of a later run', async () => {
  const { checks } = await engineFacts(died('web'), 0);
  expect(checks).toEqual([
    {
      time: String(instant.parse('2026-11-28T01:00:01Z')),
      exitCode: 1,
      output: 'at 2026-11-28T01:00:01Z\n',
    },
  ]);
});

it('cuts a log line of 10 MB', async () => {
  const { log } = await engineFacts(died('web'), 5);
  expect(log?.map(({ length }) => length)).toEqual([4097]);
});

it('states why there is no log: the container or the engine is gone', async () => {
  expect(await engineFacts(died('gone'), 5)).toEqual({ unasked: 'docker no longer has the container' });
  const { unasked } = await engineFacts(died('web', 'unix:///nowhere/s'), 5);
  expect(unasked).toMatch(/no such socket|nobody listens/);
  expect(await engineFacts({ ...died('web'), engine: 'monitor' }, 5)).toEqual({
    unasked: 'monitor gives no access to logs',
  });
});
