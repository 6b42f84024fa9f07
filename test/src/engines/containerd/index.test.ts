import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { containerd as engine } from '../../../../src/engines/containerd/index.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { unixServer } from '../../../support/unix-server.ts';

describe('following containerd', () => {
  /** The first two reports about an endpoint. */
  const reported = async (endpoint: string): Promise<string[]> => {
    const states: string[] = [];
    const subscription = followEngine(engine, {
      endpoint,
      onStatus: ({ state, detail }) => states.push(`${state}: ${detail}`),
    }).subscribe();
    await expect.poll(() => states.length).toBeGreaterThan(1);
    subscription.unsubscribe();
    return states.slice(0, 2);
  };
  const directory = (): string => {
    const path = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  it('names a directory in the place of the socket', async () => {
    const path = join(directory(), 's');
    mkdirSync(path);
    expect(await reported(`unix://${path}`)).toEqual([
      'connecting: no answer yet',
      'absent: it is a directory, not a socket: a bind mount of a path that did not exist makes one; remove it, and mount the socket again',
    ]);
  });

  it('says that there is no socket, or no gRPC', async () => {
    expect((await reported(`unix://${directory()}/s`))[1]).toBe('absent: there is no such socket');
    await using http = await unixServer((_, response) => void response.end('<html>'));
    expect((await reported(http.endpoint))[1]).toBe(
      'retrying: the connection was lost, or it does not speak gRPC',
    );
  });

  it('finds it by CONTAINERD_ADDRESS, a path or an endpoint', async () => {
    await using server = await unixServer(() => undefined);
    for (const named of [server.socket, server.endpoint]) {
      expect(engine.detect({ CONTAINERD_ADDRESS: named })[0]).toBe(server.endpoint);
    }
    expect(engine.detect({ CONTAINERD_ADDRESS: '/nowhere' })).not.toContain('unix:///nowhere');
  });
});
