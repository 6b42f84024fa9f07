/** A real dockerd for the tests of a file. */
import { afterAll, beforeAll } from 'vitest';
import { type Dockerd, startDockerd } from './dockerd-process.ts';

export { dockerdAvailable, startDockerd } from './dockerd-process.ts';

/**
 * One dockerd for all tests of a file or `describe`: started before, removed after. Use inside
 * `describe.skipIf(!dockerdAvailable)`.
 */
export function useDockerd(): () => Dockerd {
  let current: Dockerd | undefined;
  beforeAll(async () => {
    current = await startDockerd();
  });
  afterAll(async () => {
    await current?.remove();
  });
  return () => {
    if (current === undefined) throw new Error('useDockerd(): only inside a test');
    return current;
  };
}
