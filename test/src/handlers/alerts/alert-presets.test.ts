import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AlertMessage } from '../../../../src/handlers/alerts/alert.ts';
import { presets } from '../../../../src/handlers/alerts/alert-presets.ts';

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

const instant = z.iso.datetime();

/** The documented shapes of the bodies. */
const shapes: Readonly<Record<string, z.ZodType>> = {
  slack: z.strictObject({ text: z.string().max(40_000) }),
  discord: z.strictObject({
    content: z.string().min(1).max(2000),
    allowed_mentions: z.strictObject({ parse: z.array(z.string()).length(0) }),
  }),
  ntfy: z.strictObject({
    topic: z.literal('alarms'),
    title: z.string(),
    message: z.string().max(4096),
    priority: z.int().min(1).max(5),
    tags: z.array(z.string()),
  }),
  gotify: z.strictObject({ title: z.string(), message: z.string(), priority: z.int() }),
  teams: z.strictObject({
    type: z.literal('message'),
    attachments: z.array(
      z.strictObject({
        contentType: z.literal('application/vnd.microsoft.card.adaptive'),
        contentUrl: z.null(),
        content: z.strictObject({
          $schema: z.string(),
          type: z.literal('AdaptiveCard'),
          version: z.string(),
          body: z.array(
            z.strictObject({
              type: z.literal('TextBlock'),
              text: z.string(),
              wrap: z.boolean(),
              weight: z.literal('Bolder').optional(),
            }),
          ),
        }),
      }),
    ),
  }),
  alertmanager: z.array(
    z.strictObject({
      labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
      annotations: z.record(z.string(), z.string()),
      startsAt: instant,
      endsAt: instant.optional(),
    }),
  ),
  apprise: z.strictObject({
    title: z.string(),
    body: z.string(),
    type: z.enum(['info', 'success', 'warning', 'failure']),
    format: z.literal('text'),
  }),
  generic: z.strictObject({
    id: z.string(),
    status: z.enum(['firing', 'resolved']),
    title: z.string(),
    alerts: z.array(z.record(z.string(), z.unknown())),
  }),
};

describe.each(Object.entries(presets))('the preset %s', (name, preset) => {
  const target = { url: 'https://h.example/alarms', headers: {} };

  it('makes the documented body', () => {
    const { body, headers } = preset(message, target);
    expect(headers['content-type']).toBe('application/json');
    const shape = shapes[name];
    expect(shape?.safeParse(JSON.parse(String(body))).error).toBe(undefined);
    expect(body).toContain('exit 3, 3 times in 40 s');
    expect(body).not.toContain('\\u001b');
  });

  it('keeps a message of a thousand containers short', () => {
    const alerts = Array.from({ length: 1000 }, () => message.alerts[0] as (typeof message.alerts)[0]);
    const { body } = preset({ ...message, alerts }, target);
    expect(shapes[name]?.safeParse(JSON.parse(String(body))).success).toBe(true);
  });
});

it('escapes names for Slack, and mentions no one on Discord', () => {
  const target = { url: 'https://h.example/x', headers: {} };
  expect(presets['slack']?.(message, target).body).not.toMatch(/<!channel>|<b>/);
  expect(presets['ntfy']?.(message, { ...target, url: 'https://ntfy.example/base/alarms' })).toMatchObject({
    url: 'https://ntfy.example/base/',
  });
});
