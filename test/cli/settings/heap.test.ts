import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { keepHeapSmall } from '../../../cli/settings/heap.ts';

/**
 * Has a heap of its own; when told to, holds on to the newest of many objects, and says what its
 * new space has come to.
 */
const CHURN = `
  const { parentPort } = require('node:worker_threads');
  const { getHeapSpaceStatistics } = require('node:v8');
  const newSpace = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size;
  parentPort.once('message', () => {
    const before = newSpace();
    const ring = Array.from({ length: 100_000 }, () => undefined);
    for (let i = 0; i < 1_000_000; i++) ring[i % ring.length] = { at: i, of: { it: i } };
    parentPort.postMessage({ before, after: newSpace() });
  });
  parentPort.postMessage('ready');`;

/** Size of the space for new objects before and after: in bytes. */
async function churn(prepare: () => void): Promise<{ before: number; after: number }> {
  const worker = new Worker(CHURN, { eval: true });
  await once(worker, 'message');
  prepare();
  worker.postMessage('go'); // oxlint-disable-line unicorn/require-post-message-target-origin -- workers have none
  const [result] = (await once(worker, 'message')) as [{ before: number; after: number }];
  await worker.terminate();
  return result;
}

describe('a heap that is kept small', () => {
  it('takes no more for new objects than it did, which V8 by itself would', async () => {
    const usual = await churn(() => undefined);
    expect(usual.after).toBeGreaterThan(usual.before * 4);
    const small = await churn(keepHeapSmall);
    expect(small.after).toBeLessThanOrEqual(small.before);
  });
});
