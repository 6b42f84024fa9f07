import { describe, expect, it } from 'vitest';
import { checkRuntime } from '../../../src/daemon/runtime.ts';

describe('checkRuntime', () => {
  it.each([{ node: '20.19.0' }, { node: '20.20.2' }, { node: '22.0.0' }, { node: '26.12.1' }])(
    'accepts %o',
    (versions) => {
      expect(() => checkRuntime(versions)).not.toThrow();
    },
  );

  it.each([
    [{ node: '24.3.0', bun: '1.4.5' }, 'Bun 1.4.5'],
    [{ node: '24.2.0', deno: '2.9.6' }, 'Deno 2.9.6'],
    [{ node: '20.18.3' }, 'Node 20.18.3'],
    [{ node: '18.20.0' }, 'Node 18.20.0'],
    [{}, 'Node (no version)'],
  ])('refuses %o', (versions, name) => {
    expect(() => checkRuntime(versions)).toThrow(`the daemon runs on Node 20.19 or newer, not on ${name}`);
  });

  it('accepts the runtime of the tests', () => {
    checkRuntime();
  });
});
