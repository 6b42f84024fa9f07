import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { AlertMessage } from '../../../../src/handlers/alerts/alert.ts';
import { presets } from '../../../../src/handlers/alerts/alert-presets.ts';
import { alertShapes } from '../../../support/alert-shapes.ts';

const nasty = 'w<b> <!channel> @everyone &amp; \u001b[31m';

const message: AlertMessage = {
  id: 'm-1',
  title: '1 container has a problem, 1 recovered',
  alerts: [
    {
      ...{ status: 'firing', name: nasty, id: 'c0ffee', engine: 'docker', image: 'web:1', count: 3 },
      ...{ text: `${nasty}: exit 3, 3 times in 40 s`, startedAt: 1_780_000_000_000, endedAt: undefined },
    },
    {
      ...{ status: 'resolved', name: 'db', id: 'd', engine: 'podman', image: undefined, count: 1 },
      ...{ text: 'db: it runs again', startedAt: 1_780_000_000_000, endedAt: 1_780_000_060_000 },
    },
  ],
};

/** The difference of a body from the documented shape. */
function problemsOf(name: string, body: string | Buffer): unknown {
  return (alertShapes[name] as z.ZodType).safeParse(JSON.parse(String(body))).error;
}

describe.each(Object.entries(presets))('the preset %s', (name, preset) => {
  const target = { url: 'https://h.example/alarms', headers: {} };

  it('makes the documented body', () => {
    const { body, headers } = preset(message, target);
    expect(headers['content-type']).toBe('application/json');
    expect(problemsOf(name, body)).toBe(undefined);
    expect(body).toContain('exit 3, 3 times in 40 s');
    expect(body).not.toContain('\\u001b');
  });

  it.each([
    ['a thousand containers', 'exit 3'],
    ['texts of four bytes a character', '\u{1f534}'.repeat(900)],
    ['texts of escapes', '"\\'.repeat(900)],
    ['texts cut within a character', `${'x'.repeat(996)}\u{1f534}\ud83d`],
  ])('stays within the limits of its receiver: %s', (_, text) => {
    const first = { ...(message.alerts[0] as (typeof message.alerts)[0]), text };
    const alerts = Array.from({ length: 1000 }, () => first);
    for (const body of [
      preset({ ...message, alerts }, target).body,
      preset({ ...message, alerts: [first], title: text }, target).body,
    ]) {
      expect(problemsOf(name, body)).toBe(undefined);
      expect(String(body)).not.toMatch(/\\ud[89a-f]/i);
      const { message: said = '' } = JSON.parse(String(body)) as { readonly message?: string };
      expect(name === 'ntfy' ? Buffer.byteLength(said) : 0).toBeLessThanOrEqual(4096);
      expect(name === 'teams' ? Buffer.byteLength(body) : 0).toBeLessThanOrEqual(28 * 1024);
    }
  });

  it('has a shape that refuses other keys', () => {
    const body = JSON.parse(String(preset(message, target).body)) as object;
    const odd = Array.isArray(body) ? [{ ...(body[0] as object), odd: 1 }] : { ...body, odd: 1 };
    expect(problemsOf(name, JSON.stringify(odd))).not.toBe(undefined);
  });
});

it('escapes names for Slack, and mentions no one on Discord', () => {
  const target = { url: 'https://h.example/x', headers: {} };
  expect(presets['slack']?.(message, target).body).not.toMatch(/<!channel>|<b>/);
  expect(presets['ntfy']?.(message, { ...target, url: 'https://ntfy.example/base/alarms' })).toMatchObject({
    url: 'https://ntfy.example/base/',
  });
});
