import { describe, expect, it } from 'vitest';
import { isulaAnnotations, isulaLine, isulaOpt } from '../../../src/encoders/isula.ts';
import { gapEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

const id = '3277'.repeat(16);
const start = event({
  id,
  name: id,
  timeNano: 1652174434661862100n,
  attributes: { pid: '9007', image: 'busybox' },
  source: { engine: 'isulad' },
});

describe('isulaLine', () => {
  it('writes what isula events prints, byte for byte', () => {
    expect(isulaLine(start, 480)).toBe(
      `2022-05-10T17:20:34.661862100+08:00 container start ${id} (image=busybox, name=${id}, pid=9007)`,
    );
  });

  it('has an exit code only when it is not 0, and a pid only when it is not -1', () => {
    expect(isulaAnnotations({ ...start, attributes: { exitCode: '0', pid: '-1' } })).toEqual({ name: id });
    expect(isulaAnnotations({ ...start, attributes: { exitCode: '137', pid: '0' } })).toEqual({
      exitCode: '137',
      name: id,
      pid: '0',
    });
  });

  it('has no name of an image besides that which is its id', () => {
    const pull = event({
      type: 'image',
      action: 'pull',
      id: 'busybox:latest',
      name: 'busybox:latest',
      timeNano: 0n,
    });
    expect(isulaLine(pull, 'utc')).toBe('1970-01-01T00:00:00.000000000Z image pull busybox:latest');
    expect(isulaAnnotations({ ...pull, id: 'sha256:1' })).toEqual({ name: 'busybox:latest' });
  });

  it('has arguments behind the action', () => {
    const exec = { ...start, action: 'exec_create', attributes: { args: 'sh -c ls' } };
    expect(isulaOpt(exec)).toBe('container exec_create: sh -c ls');
    expect(isulaLine(exec, 'utc')).toBe(
      `2022-05-10T09:20:34.661862100Z container exec_create: sh -c ls ${id} (name=${id})`,
    );
  });

  it('has no parentheses where there is nothing to put in them', () => {
    expect(isulaLine({ ...start, name: undefined, attributes: {} }, 'utc')).toBe(
      `2022-05-10T09:20:34.661862100Z container start ${id}`,
    );
  });

  it('shows a gap as an event of the daemon', () => {
    const loss = {
      source: { engine: 'docker' },
      timeNano: 0n,
      reason: 'upstream',
      detail: 'it restarted',
    } as const;
    expect(isulaLine(gapEvent(loss), 'utc')).toBe(
      '1970-01-01T00:00:00.000000000Z daemon gap docker (detail=it restarted, name=docker, reason=upstream)',
    );
  });
});
