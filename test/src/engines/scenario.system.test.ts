import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { containerd } from '../../../src/engines/containerd/index.ts';
import { docker } from '../../../src/engines/docker/index.ts';
import type { Engine, EngineStatus } from '../../../src/engines/engine.ts';
import { followEngine } from '../../../src/engines/follow.ts';
import { isulad } from '../../../src/engines/isulad/index.ts';
import { podman } from '../../../src/engines/podman/index.ts';
import { type IncomingEvent, isGap } from '../../../src/event.ts';
import { containerdAvailable, useContainerd } from '../../support/containerd.ts';
import { type Dockerd, dockerdAvailable, startDockerd } from '../../support/dockerd-process.ts';
import { grpcServer } from '../../support/grpc-server.ts';
import { grpcPython } from '../../support/isulad-client.ts';
import { podmanAvailable, usePodman } from '../../support/podman.ts';
import { record } from '../../support/record.ts';
import { containerdPlayer } from '../../support/scenario/containerd.ts';
import { type Difference, DIFFERENCES, REFERENCE, type Words } from '../../support/scenario/differences.ts';
import { dockerPlayer } from '../../support/scenario/docker.ts';
import { isuladPlayer } from '../../support/scenario/isulad.ts';
import { play, type Player, PREFIX } from '../../support/scenario/player.ts';
import { podmanPlayer } from '../../support/scenario/podman.ts';

const differencesOf = (engine: string): readonly Difference[] =>
  DIFFERENCES.filter(({ engines }) => engines.includes(engine));

/** The words of each container, by its part, without those that depend on timing. */
function streams(engine: string, events: readonly IncomingEvent[]): Record<string, Words> {
  const parts = new Map<string, { part: string; words: string[] }>();
  for (const { type, id, name = '', action, attributes } of events) {
    if (type !== 'container' || attributes['noise'] !== undefined) continue;
    const known = parts.get(id) ?? { part: name.slice(PREFIX.length), words: [] };
    if (!parts.has(id) && !name.startsWith(PREFIX)) continue;
    parts.set(id, known);
    const detail =
      action === 'die' ? attributes['exitCode'] : action === 'kill' ? attributes['signal'] : undefined;
    known.words.push(detail === undefined ? action : `${action} ${detail}`);
  }
  return Object.fromEntries(
    [...parts.values()].map(({ part, words }) => [
      part,
      differencesOf(engine).reduce<Words>((all, { leaveOut }) => leaveOut?.(all, part) ?? all, words),
    ]),
  );
}

/** Docker's streams with the differences of an engine. */
function expected(engine: string): Record<string, Words> {
  return Object.fromEntries(
    Object.entries(REFERENCE).map(([part, words]) => [
      part,
      differencesOf(engine).reduce((all, { apply }) => apply?.(all, part) ?? all, words),
    ]),
  );
}

/** Follows an engine while the scenario is played. */
async function played(engine: Engine, endpoint: string, player: Player): Promise<Record<string, Words>> {
  let onConnected = (): void => undefined;
  const connected = new Promise<void>((resolve) => (onConnected = resolve));
  const onStatus = ({ state }: EngineStatus): void => (state === 'connected' ? onConnected() : undefined);
  const recording = record(followEngine(engine, { endpoint, history: false, onStatus }));
  onTestFinished(() => recording.subscription.unsubscribe());
  await connected;
  await play(player);
  const wanted = expected(engine.name);
  const isLast = Object.values(wanted).at(-1)?.at(-1);
  await recording.until(({ action, name = '' }) => action === isLast && name.startsWith(`${PREFIX}renamed`));
  expect(recording.values.filter(isGap)).toEqual([]);
  return streams(engine.name, recording.values);
}

describe('one scenario on every engine', { timeout: 60_000 }, () => {
  describe.skipIf(!dockerdAvailable)('docker', () => {
    let server: Dockerd;
    beforeAll(async () => void (server = await startDockerd()), 60_000);
    afterAll(() => server?.remove(), 60_000);

    it('has the streams that all others are compared with', async () => {
      expect(await played(docker, server.endpoint, dockerPlayer(server))).toEqual(expected('docker'));
    });
  });

  describe.skipIf(!podmanAvailable)('podman', () => {
    const service = usePodman();

    it('differs as named', async () => {
      const found = await played(podman, service().endpoint, podmanPlayer(service()));
      expect(found).toEqual(expected('podman'));
    });
  });

  describe.skipIf(!containerdAvailable)('containerd', () => {
    const server = useContainerd();

    it('differs as named', async () => {
      const found = await played(containerd, server().endpoint, containerdPlayer(server()));
      expect(found).toEqual(expected('containerd'));
    });
  });

  describe.skipIf(grpcPython === undefined)('a model of iSulad', () => {
    it('differs as named', async () => {
      const server = await grpcServer('isulad-daemon.py');
      expect(await played(isulad, server.endpoint, isuladPlayer(server))).toEqual(expected('isulad'));
    });
  });
});

it('names the differences in the documentation, each of them needed', () => {
  const text = readFileSync(new URL('../../../docs/engines.md', import.meta.url), 'utf8');
  for (const { name, engines } of DIFFERENCES) {
    expect(text).toContain(`| ${name} | ${engines.join(', ')} |`);
  }
  const needless = DIFFERENCES.filter(
    ({ apply, leaveOut }) =>
      leaveOut === undefined &&
      Object.entries(REFERENCE).every(([part, words]) => apply?.(words, part).join() === words.join()),
  );
  expect(needless.map(({ name }) => name)).toEqual([]);
});
