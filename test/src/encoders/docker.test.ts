import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dockerJson, dockerText } from '../../../src/encoders/docker.ts';
import { gapEvent } from '../../../src/event.ts';
import { cursorAndEvent } from '../../support/arbitraries.ts';
import { event } from '../../support/events.ts';

const die = event({
  id: 'b568',
  action: 'die',
  name: 'c1',
  timeNano: 1795447595506563030n,
  attributes: { name: 'c1', image: 'bb:1', exitCode: '137', app: 'web' },
});

describe('dockerJson', () => {
  it('writes what dockerd 20.10 writes, byte for byte', () => {
    expect(dockerJson(die)).toBe(
      '{"status":"die","id":"b568","from":"bb:1","Type":"container","Action":"die","Actor":{"ID":"b568","Attributes":' +
        '{"app":"web","exitCode":"137","image":"bb:1","name":"c1"}},"scope":"local","time":1795447595,"timeNano":1795447595506563030}',
    );
  });

  it('leaves the legacy fields out when asked to, and where Docker has none', () => {
    expect(dockerJson(die, { legacy: false })).toMatch(/^\{"Type":"container"/);
    expect(dockerJson(event({ type: 'image', id: 'bb:1', action: 'pull' }))).toMatch(
      /^\{"status":"pull","id":"bb:1","Type":"image"/,
    );
    expect(dockerJson(event({ type: 'network', action: 'connect' }))).toMatch(/^\{"Type":"network"/);
  });

  it('gives events of other engines the name among the attributes, and the arguments behind the action', () => {
    const isulad = event({ action: 'exec_create', name: 'web', attributes: { args: 'sh -c ls' } });
    expect(JSON.parse(dockerJson(isulad))).toMatchObject({
      status: 'exec_create: sh -c ls',
      Action: 'exec_create: sh -c ls',
      Actor: { Attributes: { name: 'web' } },
    });
  });

  it('shows a gap as an event of the daemon', () => {
    const gap = gapEvent({
      source: { engine: 'docker' },
      timeNano: 5_000_000_007n,
      reason: 'upstream',
      detail: 'it restarted',
    });
    expect(JSON.parse(dockerJson(gap))).toEqual({
      Type: 'daemon',
      Action: 'gap',
      Actor: { ID: '', Attributes: { name: 'docker', reason: 'upstream', detail: 'it restarted' } },
      scope: 'local',
      time: 5,
      timeNano: 5_000_000_007,
    });
  });

  it('agrees with JSON.parse, whatever the texts, and escapes as Go does', () => {
    fc.assert(
      fc.property(cursorAndEvent, ({ event }) => {
        const line = dockerJson(event);
        expect(line).not.toMatch(/[<>&\n]/);
        const object = JSON.parse(line);
        expect(object.Actor.ID).toBe(event.id);
        expect(object.Actor.Attributes).toMatchObject(event.attributes);
        expect(line).toMatch(new RegExp(`"timeNano":${event.timeNano}}$`));
        expect(BigInt(object.time) * 1_000_000_000n).toBeLessThanOrEqual(event.timeNano);
      }),
    );
  });
});

describe('dockerText', () => {
  it('writes what docker events prints', () => {
    const foo = event({
      id: 'ID',
      action: 'die',
      name: 'foo',
      timeNano: 1700000000123456789n,
      attributes: { image: 'busybox', exitCode: '0' },
    });
    expect(dockerText(foo, 0)).toBe(
      '2023-11-14T22:13:20.123456789Z container die ID (exitCode=0, image=busybox, name=foo)',
    );
    expect(dockerText({ ...foo, name: undefined, attributes: {} }, -210)).toBe(
      '2023-11-14T18:43:20.123456789-03:30 container die ID',
    );
  });
});
