import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FollowOptions } from '../../../../src/engines/engine.ts';
import { followEngine } from '../../../../src/engines/follow.ts';
import { podman } from '../../../../src/engines/podman/index.ts';
import type { IncomingEvent } from '../../../../src/event.ts';
import { record, type Recording } from '../../../support/record.ts';
import { unixServer } from '../../../support/unix-server.ts';

function following(endpoint: string, options: Partial<FollowOptions> = {}): Recording<IncomingEvent> {
  const recording = record(followEngine(podman, { endpoint, ...options }));
  onTestFinished(() => recording.subscription.unsubscribe());
  return recording;
}

describe('following podman where another engine answers', () => {
  it('says so', async () => {
    await using server = await unixServer((_, response) =>
      response.setHeader('api-version', '1.41').end('OK'),
    );
    const detail = await new Promise((resolve) => {
      following(server.endpoint, {
        onStatus: (status) => (status.state === 'connecting' ? undefined : resolve(status.detail)),
      });
    });
    expect(detail).toBe('it is not Podman that answers here: there is no Libpod-Api-Version');
  });
});

describe('connections of Podman 4', () => {
  it('are found in the file that CONTAINERS_CONF names', async () => {
    await using server = await unixServer((_, response) => response.end());
    const directory = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const file = join(directory, 'containers.conf');
    const services = '[engine.service_destinations]';
    writeFileSync(file, `[engine]\n  ${services}\n    [engine.pod]\n      uri = "${server.endpoint}"\n`);
    const environment = { HOME: directory, CONTAINERS_CONF: file };
    expect(podman.detect(environment)).toContain(server.endpoint);
    expect(podman.detect({ HOME: directory })).not.toContain(server.endpoint);
  });
});
