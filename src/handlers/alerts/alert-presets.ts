/** Receivers of alerts, by their key in a rule: each makes the body that its documentation states. */
import type { Content, HttpTarget } from '../../delivery/http-post.ts';
import type { Alert, AlertMessage } from './alert.ts';

/** Makes a request of a message; `url` replaces that of the target. */
type Preset = (message: AlertMessage, target: HttpTarget) => Content & { readonly url?: string };

const JSON_BODY = { 'content-type': 'application/json' };

const json = (value: unknown): Content => ({ body: JSON.stringify(value), headers: JSON_BODY });

const isFiring = ({ alerts }: AlertMessage): boolean => alerts.some(({ status }) => status === 'firing');

const MARKS = { firing: '\u{1f534}', resolved: '\u{1f7e2}' } as const;

/** Texts of containers without control characters and lone surrogates, cut to a length in UTF-16. */
function clean(text: string, most: number): string {
  const plain = text.replace(/(?!\n)\p{Cc}/gu, ' ');
  const short = plain.length <= most ? plain : `${plain.slice(0, most - 1)}…`;
  return short.replace(/\p{Cs}/gu, '\ufffd');
}

/** The same, cut to a length in UTF-8. */
function cleanBytes(text: string, most: number): string {
  const plain = clean(text, most);
  if (Buffer.byteLength(plain) <= most) return plain;
  let [bytes, cut] = [Buffer.byteLength('…'), ''];
  for (const char of plain) {
    bytes += Buffer.byteLength(char);
    if (bytes > most) break;
    cut += char;
  }
  return `${cut}…`;
}

function lines({ title, alerts }: AlertMessage, most: number): string {
  const marked = alerts.map(({ status, text }) => `${MARKS[status]} ${text.replaceAll('\n', ' ')}`);
  return clean(alerts.length === 1 ? (marked[0] ?? '') : [title, ...marked].join('\n'), most);
}

/** api.slack.com/messaging/webhooks; `&`, `<` and `>` would be markup. */
const slack: Preset = (message) =>
  json({
    text: lines(message, 3000).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  });

/** discord.com/developers/docs/resources/webhook: 2,000 characters; names must not mention people. */
const discord: Preset = (message) => json({ content: lines(message, 2000), allowed_mentions: { parse: [] } });

/**
 * docs.ntfy.sh/publish, as JSON: the topic is the last part of the address. A message of more than
 * 4,096 bytes would be an attachment.
 */
const ntfy: Preset = (message, target) => {
  const url = new URL(target.url);
  const topic = decodeURIComponent(url.pathname.split('/').filter(Boolean).at(-1) ?? '');
  url.pathname = url.pathname.replace(/[^/]+\/?$/, '');
  const firing = isFiring(message);
  return {
    url: url.href,
    ...json({
      topic,
      title: clean(message.title, 250),
      message: cleanBytes(lines(message, 4000), 4000),
      priority: firing ? 4 : 3,
      tags: [firing ? 'red_circle' : 'green_circle'],
    }),
  };
};

/** gotify.net/api-docs: `createMessage`, at `/message` with the token as `X-Gotify-Key`. */
const gotify: Preset = (message) =>
  json({
    title: clean(message.title, 250),
    message: lines(message, 4000),
    priority: isFiring(message) ? 8 : 4,
  });

/** Bytes of texts in a card: Teams refuses messages of more than 28 KB. */
const CARD = 16 * 1024;

/** The lines of a card, as many as it can hold. */
function cardLines({ alerts }: AlertMessage): string[] {
  const texts: string[] = [];
  let bytes = 0;
  for (const { status, text } of alerts) {
    const line = clean(`${MARKS[status]} ${text}`, 500);
    bytes += Buffer.byteLength(JSON.stringify(line));
    if (texts.length === 50 || bytes > CARD) return [...texts, `… and ${alerts.length - texts.length} more`];
    texts.push(line);
  }
  return texts;
}

/** Workflows of Teams: a message with an adaptive card (adaptivecards.io). */
const teams: Preset = (message) =>
  json({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', text: clean(message.title, 250), weight: 'Bolder', wrap: true },
            ...cardLines(message).map((text) => ({ type: 'TextBlock', text, wrap: true })),
          ],
        },
      },
    ],
  });

/** prometheus.io/docs/alerting/latest/alerts_api: `POST /api/v2/alerts`. */
const alertmanager: Preset = ({ alerts }) =>
  json(
    alerts.map(({ name, engine, image, text, startedAt, endedAt }: Alert) => ({
      labels: {
        alertname: 'ContainerProblem',
        container: clean(name, 1000),
        engine,
        ...(image === undefined ? {} : { image: clean(image, 1000) }),
      },
      annotations: { summary: clean(text, 2000) },
      startsAt: new Date(startedAt).toISOString(),
      ...(endedAt === undefined ? {} : { endsAt: new Date(endedAt).toISOString() }),
    })),
  );

/** github.com/caronc/apprise-api: `POST /notify/KEY`. */
const apprise: Preset = (message) =>
  json({
    title: clean(message.title, 250),
    body: lines(message, 4000),
    type: isFiring(message) ? 'failure' : 'success',
    format: 'text',
  });

/** Everything, for programs of one's own. */
const generic: Preset = (message) =>
  json({
    id: message.id,
    status: isFiring(message) ? 'firing' : 'resolved',
    title: clean(message.title, 250),
    alerts: message.alerts.map(({ name, text, startedAt, endedAt, ...rest }) => ({
      ...rest,
      name: clean(name, 1000),
      text: clean(text, 2000),
      startedAt: new Date(startedAt).toISOString(),
      endedAt: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    })),
  });

/** All presets: a new one is one function and one line. */
export const presets: Readonly<Record<string, Preset>> = {
  slack,
  discord,
  ntfy,
  gotify,
  teams,
  alertmanager,
  apprise,
  generic,
};
