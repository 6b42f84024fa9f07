/**
 * JSON schemas of the bodies that receivers of alerts document, for the keys that a message may use:
 * written from the stated sources. Unknown keys are refused.
 */
import { z } from 'zod';

const text = (maxLength?: number): object => ({
  type: 'string',
  minLength: 1,
  ...(maxLength === undefined ? {} : { maxLength }),
});

const object = (required: readonly string[], properties: object): object => ({
  ...{ type: 'object', required, properties },
  additionalProperties: false,
});

/** `PersistentNotificationRequest` of swagger.yaml 1.4.0, github.com/caronc/apprise-api. */
const apprise = object(['body'], {
  body: text(),
  title: { type: 'string' },
  type: { type: 'string', enum: ['info', 'success', 'warning', 'failure'] },
  format: { type: 'string', enum: ['text', 'markdown', 'html'] },
  tag: { type: 'string' },
});

/** `Message` of docs/spec.json, without its read-only keys, github.com/gotify/server. */
const gotify = object(['message'], {
  message: text(),
  title: { type: 'string' },
  priority: { type: 'integer' },
  extras: { type: 'object' },
});

/**
 * docs.ntfy.sh/publish, "Publish as JSON" and "Limitations": messages of more than 4,096 bytes become
 * attachments, which the tests compare.
 */
const ntfy = object(['topic'], {
  topic: { type: 'string', pattern: '^[-_A-Za-z0-9]{1,64}$' },
  message: { type: 'string' },
  title: { type: 'string' },
  tags: { type: 'array', items: text() },
  priority: { type: 'integer', minimum: 1, maximum: 5 },
  click: { type: 'string' },
  markdown: { type: 'boolean' },
});

/** discord.com/developers/docs/resources/webhook, "Execute Webhook", and "Allowed Mentions Object". */
const discord = object(['content'], {
  content: text(2000),
  username: text(80),
  tts: { type: 'boolean' },
  allowed_mentions: object([], {
    parse: { type: 'array', items: { type: 'string', enum: ['roles', 'users', 'everyone'] } },
  }),
});

/** docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; texts are cut at 40,000 characters. */
const slack = object(['text'], { text: text(40_000), mrkdwn: { type: 'boolean' } });

/** `TextBlock` and `AdaptiveCard` of schemas/1.4.0/adaptive-card.json, github.com/microsoft/AdaptiveCards. */
const textBlock = object(['type', 'text'], {
  type: { type: 'string', enum: ['TextBlock'] },
  text: { type: 'string' },
  color: { type: 'string', enum: ['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention'] },
  weight: { type: 'string', enum: ['Default', 'Lighter', 'Bolder'] },
  wrap: { type: 'boolean' },
});

/** learn.microsoft.com, "Create incoming webhooks with Workflows": a message of cards, 28 KB at most. */
const teams = object(['type', 'attachments'], {
  type: { type: 'string', enum: ['message'] },
  attachments: {
    type: 'array',
    minItems: 1,
    items: object(['contentType', 'content'], {
      contentType: { type: 'string', enum: ['application/vnd.microsoft.card.adaptive'] },
      contentUrl: { type: 'null' },
      content: object(['type', 'version', 'body'], {
        $schema: { type: 'string', enum: ['http://adaptivecards.io/schemas/adaptive-card.json'] },
        type: { type: 'string', enum: ['AdaptiveCard'] },
        version: { type: 'string', enum: ['1.0', '1.1', '1.2', '1.3', '1.4'] },
        body: { type: 'array', items: textBlock },
      }),
    }),
  },
});

const instant = { type: 'string', format: 'date-time' };
const texts = { type: 'object', additionalProperties: { type: 'string' } };

/** `postableAlerts` of api/v2/openapi.yaml, github.com/prometheus/alertmanager; a test posts to a real one, too. */
const alertmanager = {
  type: 'array',
  items: object(['labels'], {
    labels: texts,
    annotations: texts,
    startsAt: instant,
    endsAt: instant,
    generatorURL: { type: 'string' },
  }),
};

/** docs/rules.md. */
const generic = object(['id', 'status', 'title', 'alerts'], {
  ...{ id: text(), status: { type: 'string', enum: ['firing', 'resolved'] }, title: text() },
  alerts: {
    type: 'array',
    minItems: 1,
    items: object(['status', 'name', 'id', 'engine', 'text', 'count', 'startedAt', 'endedAt'], {
      ...{ status: { type: 'string', enum: ['firing', 'resolved'] }, name: text(), id: text(), text: text() },
      ...{ engine: text(), image: { type: 'string' }, count: { type: 'integer', minimum: 0 } },
      ...{ startedAt: instant, endedAt: { anyOf: [instant, { type: 'null' }] } },
    }),
  },
});

const schemas = { slack, discord, ntfy, gotify, teams, alertmanager, apprise, generic };

/** The shape of each preset's body. */
export const alertShapes: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, z.fromJSONSchema(schema as never)]),
);
