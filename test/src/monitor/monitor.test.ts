import { expect, it } from 'vitest';
import { openMonitor, sendContainerEvent, sendImageEvent } from '../../../src/index.ts';
import { record } from '../../support/record.ts';
import { stateDirectory } from '../../support/state-directory.ts';

it('tells what is sent', async () => {
  const directory = stateDirectory();
  const monitor = await openMonitor({ directory, clock: () => 7n });
  const events = record(monitor.events);
  await sendContainerEvent({
    directory,
    name: 'web',
    state: 'start',
    pid: 9007,
    extra: { image: 'busybox' },
  });
  await sendImageEvent({ directory, name: 'busybox:latest', state: 'pull' });
  await events.until((_, all) => all.flat().length === 2);
  await monitor.close();
  const source = { engine: 'monitor', endpoint: `fifo://${directory}/monitord_fifo` };
  expect(events.values.flat()).toEqual([
    {
      ...{ timeNano: 7n, type: 'container', action: 'start', id: 'web', name: 'web', source },
      attributes: { image: 'busybox', pid: '9007' },
    },
    {
      ...{
        timeNano: 7n,
        type: 'image',
        action: 'pull',
        id: 'busybox:latest',
        name: 'busybox:latest',
        source,
      },
      attributes: {},
    },
  ]);
});
