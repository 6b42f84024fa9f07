import { describe, expect, it } from 'vitest';
import { type Death, explainDeath } from '../../operators/explain.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';

const at = (seconds: number, action: string, attributes: Record<string, string> = {}): IncomingEvent =>
  event({ id: 'a', name: 'a', action, attributes, timeNano: BigInt(seconds) * 1_000_000_000n });
const start = at(0, 'start');
const kill = (seconds: number, signal: string): IncomingEvent => at(seconds, 'kill', { signal });
const die = (seconds: number, exitCode: string): IncomingEvent => at(seconds, 'die', { exitCode });
const by = (engine: string, list: readonly IncomingEvent[]): IncomingEvent[] =>
  list.map((each) => ({ ...each, source: { engine } }));
const check = (seconds: number, exitCode: string): IncomingEvent => at(seconds, 'exec_die', { exitCode });
const sick = (seconds: number): IncomingEvent => at(seconds, 'health_status: unhealthy');

function death(events: readonly IncomingEvent[]): Death<IncomingEvent> {
  return explainDeath(events.find(({ action }) => action === 'die') as IncomingEvent, events);
}

describe('a life', () => {
  it('takes no exec of a person for a health check', () => {
    const exec = (seconds: number, command: string, exitCode: string): IncomingEvent[] => [
      at(seconds, `exec_start: ${command}`, { execID: `${command}${seconds}` }),
      at(seconds, 'exec_die', { execID: `${command}${seconds}`, exitCode }),
    ];
    const stopped = (...events: IncomingEvent[]): string =>
      death([start, ...events, kill(8, '15'), die(9, '143')]).summary;
    expect(stopped(...exec(1, 'ls /nosuch', '2'))).toBe('on request (SIGTERM)');
    const checks = [...exec(1, 'probe', '1'), ...exec(2, 'probe', '1'), sick(2)];
    expect(stopped(...checks, ...exec(3, 'ls /nosuch', '2'))).toBe(
      'on request (SIGTERM) after 2 failed checks',
    );
    expect(stopped(...checks, ...exec(3, 'true', '0'), ...exec(4, 'probe', '1'))).toBe(
      'on request (SIGTERM) after 3 failed checks',
    );
    expect(stopped(...checks, ...exec(3, 'probe', '0'), at(3, 'health_status: healthy'))).toBe(
      'on request (SIGTERM)',
    );
    const podman = [start, at(1, 'exec_start'), check(1, '2'), kill(8, '15'), die(9, '143')];
    expect(death(by('podman', podman)).summary).toBe('on request (SIGTERM)');
  });

  it("counts evidence behind a death: Podman's second clean-up, and only close behind it", () => {
    const podman = (...events: IncomingEvent[]): Death<IncomingEvent> => death(by('podman', events));
    const [first, second] = [at(4, 'cleanup'), at(5, 'cleanup')];
    expect(podman(start, die(3, '143'), first, second)).toMatchObject({
      ...{ cause: 'stopped', requested: true, alarming: false, summary: 'on request (stop, SIGTERM)' },
    });
    expect(podman(start, die(3, '137'), first, second).cause).toBe('grace-ran-out');
    expect(podman(start, die(3, '0'), first, second).cause).toBe('stopped');
    expect(podman(start, die(3, '143'), first).cause).toBe('crashed');
    expect(podman(start, die(3, '143'), first, at(60, 'cleanup')).cause).toBe('crashed');
    expect(podman(start, die(3, '143'), first, start, second).cause).toBe('crashed');
    const docker = [start, die(3, '143'), first, second];
    expect(death(docker).cause).toBe('crashed');
  });
});
