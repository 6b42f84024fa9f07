import { asyncScheduler, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../../src/encoders/ndjson.ts';
import type { EngineEvent } from '../../../../src/event.ts';
import type { Outcome } from '../../../../src/delivery/outcome.ts';
import { parseRules } from '../../../../src/handlers/rules/load.ts';
import { deliver, run } from '../../../../src/handlers/rules/perform.ts';
import type { Rule } from '../../../../src/handlers/rules/rule.ts';
import type { Tools } from '../../../../src/handlers/rules/task.ts';
import { type Log, silent } from '../../../../src/log.ts';
import { event } from '../../../support/events.ts';
import { at } from '../../../support/frames.ts';
import { virtualTime } from '../../../support/virtual-time.ts';
import { webHost } from '../../../support/web-host.ts';

const died: EngineEvent = {
  ...event({
    action: 'die',
    name: 'web\0; $(reboot)',
    attributes: { exitCode: '137', image: 'bb:1', app: 'wéb' },
    timeNano: 1_795_447_595_506_563_031n,
    source: { engine: 'docker', endpoint: 'unix:///d' },
  }),
  seq: 42,
};

const [rule] = parseRules('rules: [{ name: hook, run: [x], timeout: 1h }]') as [Rule];

const toolsOf = (log: Log): Tools => ({
  control: () => undefined,
  append: () => undefined,
  cursorOf: ({ seq }) => at(seq),
  now: () => 0n,
  scheduler: asyncScheduler,
  log,
});

/** Runs a line of shell because of the event; what it printed is what was logged. */
async function hook(
  line: string,
  parts: Partial<Rule> = {},
): Promise<Outcome & { readonly output: unknown }> {
  let output: unknown;
  const tools = toolsOf({ ...silent, info: (fields) => (output = fields['output']) });
  const outcome = await firstValueFrom(run(['sh', '-c', line], { ...rule, ...parts }, died, tools));
  return { ...outcome, output };
}

describe('a hook', () => {
  it('gets the event as JSON on stdin', async () => {
    const { output, ...outcome } = await hook('cat');
    expect(outcome).toEqual({
      result: 'done',
      detail: 'it ended with exit code 0',
      exitCode: 0,
      retry: true,
    });
    expect(decodeFrame(String(output))).toEqual({ kind: 'event', cursor: at(42), event: died });
  });

  it('gets what most need of it in its environment', async () => {
    const { output } = await hook('env | grep ^TIDINGS_ | sort');
    expect(String(output).trimEnd().split('\n')).toEqual([
      'TIDINGS_ACTION=die',
      `TIDINGS_CURSOR=${at(42)}`,
      'TIDINGS_ENDPOINT=unix:///d',
      'TIDINGS_ENGINE=docker',
      'TIDINGS_EXIT_CODE=137',
      `TIDINGS_ID=${died.id}`,
      'TIDINGS_IMAGE=bb:1',
      'TIDINGS_NAME=web; $(reboot)',
      'TIDINGS_RULE=hook',
      'TIDINGS_SIGNAL=',
      'TIDINGS_TIME=2026-11-23T15:26:35.506563031Z',
      'TIDINGS_TIME_NANO=1795447595506563031',
      'TIDINGS_TYPE=container',
    ]);
  });

  it.each<[string, string, Partial<Outcome>]>([
    ['fails', 'exit 3', { result: 'failed', detail: 'it ended with exit code 3', exitCode: 3 }],
    ['is killed', 'kill -9 $$', { result: 'failed', detail: 'SIGKILL ended it' }],
    [
      'prints much',
      'head -c 100000 /dev/zero',
      { result: 'done', detail: 'it ended with exit code 0; 34464 bytes of its output were not kept' },
    ],
  ])('that %s is reported', async (_, line, expected) => {
    await expect(hook(line)).resolves.toMatchObject(expected);
  });

  it('that takes too long is reported', async () => {
    await expect(hook('sleep 1000', { timeout: 20 })).resolves.toMatchObject({
      result: 'timeout',
      detail: 'it was ended after 20 ms',
      retry: true,
    });
  });
});

describe('a webhook', () => {
  it('is told apart by the event and the rule, so that repeats can be noticed', async () => {
    const requests: unknown[] = [];
    await using host = await webHost(({ headers }, response) => {
      requests.push([headers['webhook-id'], headers['webhook-timestamp']]);
      response.writeHead(500).end();
    });
    const tools = { ...toolsOf(silent), now: () => 1_795_447_595_999_999_999n };
    const delivery = deliver({ url: host.url, headers: {} }, rule, died, tools);
    for (let i = 0; i < 2; i++) {
      await expect(firstValueFrom(delivery)).resolves.toMatchObject({ result: 'failed', retry: true });
    }
    expect(requests).toEqual(Array.from({ length: 2 }, () => [`${at(42)}/hook`, '1795447595']));
  });

  it('that hangs is reported in time', async () => {
    const { scheduler, pass } = virtualTime();
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    await using host = await webHost(() => asked());
    const tools = { ...toolsOf(silent), scheduler };
    const outcome = firstValueFrom(
      deliver({ url: host.url, headers: {} }, { ...rule, timeout: 500 }, died, tools),
    );
    await isAsked;
    pass(500);
    await expect(outcome).resolves.toEqual({
      result: 'timeout',
      detail: 'it took more than 500 ms',
      retry: true,
    });
  });
});
