import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { podmanEvent, podmanJson } from '../../../src/encoders/podman.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { cursorAndEvent } from '../../support/arbitraries.ts';
import { event } from '../../support/events.ts';

/** Lines of `/libpod/events` of podman 4.3.1, as they came. */
const LINES = [
  '{"status":"refresh","Type":"system","Action":"refresh","Actor":{"ID":"","Attributes":{"containerExitCode":"0","image":"","name":"","podId":""}},"scope":"local","time":1795548053,"timeNano":1795548053221448610}',
  '{"status":"create","Type":"volume","Action":"create","Actor":{"ID":"","Attributes":{"containerExitCode":"0","image":"","name":"data","podId":""}},"scope":"local","time":1795548054,"timeNano":1795548054990792154}',
  '{"status":"tag","id":"1f9bb3319ebecef49c4a9d7a88ddfd2db9e4255c2a8a98f437f7dc59c50199f3","Type":"image","Action":"tag","Actor":{"ID":"1f9bb3319ebecef49c4a9d7a88ddfd2db9e4255c2a8a98f437f7dc59c50199f3","Attributes":{"containerExitCode":"0","image":"","name":"bb:1","podId":""}},"scope":"local","time":1795548055,"timeNano":1795548055497296227}',
  '{"status":"remove","id":"814ebac9bd495ebeab7ea6a8195fb0ad9d1ec60c44aa337876d514a5a5e02638","from":"localhost/bb:1","Type":"container","Action":"remove","Actor":{"ID":"814ebac9bd495ebeab7ea6a8195fb0ad9d1ec60c44aa337876d514a5a5e02638","Attributes":{"containerExitCode":"0","image":"localhost/bb:1","name":"web","podId":"","tier":"front"}},"scope":"local","time":1795548056,"timeNano":1795548056312525803}',
];

/** A line as a tidings event. */
function read(line: string): IncomingEvent {
  const { Type, Action, Actor } = JSON.parse(line) as {
    Type: string;
    Action: string;
    Actor: { ID: string; Attributes: Record<string, string> };
  };
  const timeNano = BigInt(/"timeNano":(\d+)/.exec(line)?.[1] ?? '');
  return event({
    type: Type,
    action: Action,
    id: Actor.ID,
    name: Actor.Attributes['name'],
    attributes: Actor.Attributes,
    timeNano,
  });
}

const write = (one: IncomingEvent): string | undefined => {
  const podman = podmanEvent(one);
  return podman && podmanJson(podman);
};

describe('podmanJson', () => {
  it.each(LINES)('writes what podman writes: %s', (line) => {
    expect(write(read(line))).toBe(line);
  });

  it('has a health beside the rest', () => {
    const healthy = event({ action: 'health_status: healthy', id: 'c1', timeNano: -1n });
    expect(write(healthy)).toMatch(
      /"Action":"health_status",.*"time":-1,"timeNano":-1,"HealthStatus":"healthy"}$/,
    );
    const apart = { ...healthy, action: 'health_status', attributes: { args: 'unhealthy' } };
    expect(write(apart)).toMatch(/"HealthStatus":"unhealthy"}$/);
  });

  it('is JSON with a whole number for an exit code, whatever comes', () => {
    fc.assert(
      fc.property(cursorAndEvent, fc.constantFrom('start', 'die', 'health_status'), ({ event }, action) => {
        const line = write({ ...event, type: 'container', action }) ?? '';
        const { Actor } = JSON.parse(line) as { Actor: { Attributes: { containerExitCode: string } } };
        expect(Number.isInteger(Number(Actor.Attributes.containerExitCode))).toBe(true);
      }),
    );
  });
});

describe('podmanEvent', () => {
  it.each([
    ['container', 'die', 'died'],
    ['container', 'destroy', 'remove'],
    ['container', 'exec_start: sh -c ls', 'exec'],
    ['container', 'exec_die', 'exec_died'],
    ['container', 'health_status: healthy', 'health_status'],
    ['container', 'start', 'start'],
    ['container', 'died', 'died'],
    ['image', 'delete', 'remove'],
    ['image', 'load', 'loadfromarchive'],
    ['network', 'connect', 'connect'],
    ['volume', 'destroy', 'remove'],
    ['container', 'exec_create: sh', undefined],
    ['container', 'oom', undefined],
    ['container', 'constructor', undefined],
    ['daemon', 'gap', undefined],
    ['secret', 'create', undefined],
  ])('calls %s %s: %s', (type, action, expected) => {
    expect(podmanEvent(event({ type, action }))?.status).toBe(expected);
  });

  it('has an exit code where podman has it', () => {
    const died = event({ action: 'die', attributes: { exitCode: '137' } });
    expect(podmanEvent(died)?.attributes).toEqual({
      containerExitCode: '137',
      image: '',
      name: 'web',
      podId: '',
    });
    const nonsense = event({ attributes: { exitCode: '1e3', containerExitCode: '' } });
    expect(podmanEvent(nonsense)?.attributes['containerExitCode']).toBe('0');
  });

  it('knows volumes by name, and networks by the container', () => {
    const volume = event({ type: 'volume', action: 'mount', id: 'data', name: undefined });
    expect(podmanEvent(volume)).toMatchObject({ id: '', name: 'data' });
    const network = event({
      type: 'network',
      action: 'connect',
      id: 'n1',
      name: 'none',
      attributes: { container: 'c1' },
    });
    expect(podmanEvent(network)).toMatchObject({ id: 'c1', name: 'none' });
  });
});
