import { describe, expect, it } from 'vitest';
import { PodmanTranslator } from '../../../../src/engines/podman/translate.ts';

const source = { engine: 'podman' };

/** An event as podman 4.3 says it. */
function said(
  type: string,
  status: string,
  attributes: Record<string, string> = {},
  more: object = {},
): string {
  const own = { containerExitCode: '0', image: '', name: '', podId: '', ...attributes };
  const actor = { ID: type === 'volume' ? '' : 'c1', Attributes: own };
  return JSON.stringify({ status, Type: type, Action: status, Actor: actor, time: 7, ...more });
}

const translate = (...events: string[]) => {
  const translator = new PodmanTranslator(source, () => 1n);
  return events.map((event) => translator.translate(event));
};

describe('translating a podman event', () => {
  it.each([
    ['container', 'died', 'die'],
    ['container', 'remove', 'destroy'],
    ['image', 'remove', 'delete'],
    ['container', 'exec', 'exec_start'],
    ['container', 'exec_died', 'exec_die'],
  ])('says of a %s that is %s: %s', (type, word, action) => {
    const [event] = translate(said(type, word));
    expect(event).toMatchObject({ type, action, attributes: { engineAction: word } });
  });

  it('keeps words that are the same, and drops what is empty', () => {
    expect(translate(said('container', 'start', { name: 'web', tier: 'x' }))).toEqual([
      {
        ...{ timeNano: 7_000_000_000n, type: 'container', action: 'start', id: 'c1', name: 'web', source },
        attributes: { name: 'web', tier: 'x' },
      },
    ]);
  });

  it('states exit codes at ends alone', () => {
    const [died, exec, failed, stop] = translate(
      said('container', 'died', { containerExitCode: '0' }),
      said('container', 'exec_died', { containerExitCode: '0' }),
      said('container', 'exec_died', { containerExitCode: '2' }),
      said('container', 'stop', { containerExitCode: '0' }),
    );
    expect([died, exec, failed, stop].map((event) => event?.attributes['exitCode'])).toEqual([
      '0',
      undefined,
      '2',
      undefined,
    ]);
  });

  it('marks a health that is repeated, and not one that changes', () => {
    const health = (HealthStatus: string): string => said('container', 'health_status', {}, { HealthStatus });
    const events = translate(health('healthy'), health('healthy'), health('unhealthy'));
    expect(events.map(({ action, attributes }) => `${action} ${attributes['noise'] ?? ''}`)).toEqual([
      'health_status: healthy ',
      'health_status: healthy health',
      'health_status: unhealthy ',
    ]);
  });

  it('knows volumes by name, and names the container of a network', () => {
    const [volume, network] = translate(
      said('volume', 'create', { name: 'data' }),
      said('network', 'connect'),
    );
    expect(volume).toMatchObject({ id: 'data', name: 'data' });
    expect(network).toMatchObject({ id: '', attributes: { container: 'c1', noise: 'network' } });
  });
});
