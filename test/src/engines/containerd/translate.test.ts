import { describe, expect, it } from 'vitest';
import { eventMessage, type Said } from '../../../../src/engines/containerd/api.ts';
import { readMessage, timeOf, translate } from '../../../../src/engines/containerd/translate.ts';
import type { Received } from '../../../../src/engines/engine.ts';

const source = { engine: 'containerd' };
const SECOND = 1_000_000_000n;
const at = (seconds: number): { seconds: bigint; nanos: number } => ({ seconds: BigInt(seconds), nanos: 1 });

/** An envelope of time 100 s. */
const envelope = (topic: string, name: string, said: Said, namespace = 'default') => ({
  timestamp: at(100),
  namespace,
  topic,
  event: { value: eventMessage(name).encode(said) },
});

const described = { image: 'box:1', labels: { app: 'web', noise: 'x', exitCode: '9' }, leftOut: 0 };

function translated(...args: Parameters<typeof envelope>): Received {
  const message = readMessage(envelope(...args));
  return translate(
    message,
    described,
    timeOf(message, undefined, () => 0n),
    source,
  );
}

describe('an envelope of containerd', () => {
  it('becomes an event with the image and the labels, of which none can forge what containerd states', () => {
    const said = { id: 'c1', process: 'c1', pid: 7, exitStatus: 137, exitedAt: at(99) };
    expect(translated('/tasks/exit', 'TaskExit', said).event).toMatchObject({
      timeNano: 99n * SECOND + 1n,
      type: 'container',
      action: 'die',
      id: 'c1',
      name: 'c1',
      attributes: {
        ...{ app: 'web', 'label.noise': 'x', image: 'box:1', name: 'c1', namespace: 'default' },
        ...{ exitCode: '137', pid: '7', engineAction: '/tasks/exit' },
      },
      source,
    });
  });

  it('states exit code 0, which the message leaves out', () => {
    expect(translated('/tasks/exit', 'TaskExit', { id: 'c1', process: 'c1' }).event.attributes).toMatchObject(
      {
        exitCode: '0',
      },
    );
  });

  it('tells the end of a command from that of the container, and marks it as noise', () => {
    const { event } = translated('/tasks/exit', 'TaskExit', { id: 'c1', process: 'x1', exitStatus: 4 });
    expect(event).toMatchObject({
      action: 'exec_die',
      attributes: { execID: 'x1', exitCode: '4', noise: 'exec' },
    });
    expect(translated('/tasks/delete', 'TaskDelete', { id: 'c1', process: 'x1' }).event.action).toBe(
      'exec_cleanup',
    );
  });

  it('names the namespace in the id, except the default one', () => {
    const said = { id: 'c1', image: 'box:1' };
    expect(translated('/containers/create', 'ContainerCreate', said, 'k8s.io').event.id).toBe('c1@k8s.io');
    expect(translated('/images/create', 'Named', { name: 'box:1' }, 'k8s.io').event).toMatchObject({
      ...{ type: 'image', action: 'create', id: 'box:1' },
      attributes: { namespace: 'k8s.io' },
    });
  });

  it('has the same key when it comes again, whatever is known of the container by then', () => {
    const message = readMessage(envelope('/tasks/start', 'TaskStart', { id: 'c1', pid: 7 }));
    const other = readMessage(envelope('/tasks/paused', 'TaskStart', { id: 'c1' }));
    const keys = [
      translate(message, { ...described, labels: { app: 'web' } }, 1n, source),
      translate(message, undefined, 1n, source),
      translate(other, undefined, 1n, source),
    ].map(({ key }) => key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[1]).not.toBe(keys[2]);
  });

  it.each([
    ['/volumes/attach/slowly', { type: 'volumes', action: 'attach/slowly', id: '' }],
    ['odd', { type: 'daemon', action: 'unknown', id: '' }],
    ['', { type: 'daemon', action: 'unknown', id: '' }],
    ['/constructor/create', { type: 'constructor', action: 'create', id: '' }],
  ])('of the unknown topic %j keeps its own words', (topic, expected) => {
    const message = readMessage({ timestamp: null, namespace: '', topic, event: null });
    expect(translate(message, undefined, 1n, source).event).toMatchObject(expected);
  });

  it('that is not laid out as its topic says cannot be read', () => {
    const event = { value: Buffer.from([255, 255, 255]) };
    expect(() =>
      readMessage({ timestamp: null, namespace: 'default', topic: '/tasks/start', event }),
    ).toThrow(/index out of range|invalid/);
  });
});

describe('the time of an envelope', () => {
  const now = (): bigint => 5n;
  const exit = (process: string) =>
    readMessage(envelope('/tasks/exit', 'TaskExit', { id: 'c1', process, exitedAt: at(50) }));

  it('is that of the end itself, for a container', () => {
    expect(timeOf(exit('c1'), undefined, now)).toBe(50n * SECOND + 1n);
    expect(timeOf(exit('c1'), 49n * SECOND, now)).toBe(50n * SECOND + 1n);
  });

  it('is that of publishing, if the end is stated to be before the start', () => {
    expect(timeOf(exit('c1'), 51n * SECOND, now)).toBe(100n * SECOND + 1n);
  });

  it('is that of publishing for a command, whose end can be stated before its start', () => {
    expect(timeOf(exit('x1'), undefined, now)).toBe(100n * SECOND + 1n);
  });

  it('is ours, if none is stated', () => {
    const message = readMessage({ ...envelope('/tasks/start', 'TaskStart', { id: 'c1' }), timestamp: null });
    expect(timeOf(message, undefined, now)).toBe(5n);
  });
});
