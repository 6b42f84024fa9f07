/** Syslog messages as in RFC 5424, over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425). */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import net from 'node:net';
import { hostname } from 'node:os';
import tls from 'node:tls';
import { Observable } from 'rxjs';
import { z } from 'zod';
import { oneOf, readBy } from '../../checked-file/setting-fields.ts';
import { givenMaterial, type TlsMaterial } from '../../tls-material.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { unanswered } from '../../delivery/http-post.ts';
import { tlsMaterial } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import { format } from '../../instant.ts';
import { severityOf, verbOf } from '../event-words.ts';
import type { Item, Sink, SinkKind } from '../sink.ts';

type Protocol = 'udp' | 'tcp' | 'tls';

interface Options {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  readonly facility: number;
  readonly tls: TlsMaterial | undefined;
}

const PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;

/** Names of facilities and their codes: RFC 5424, 6.2.1. */
const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
] as const;
const LOCALS = ['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const;
const codeOf = (name: string): number => {
  const i = (LOCALS as readonly string[]).indexOf(name);
  return i < 0 ? (FACILITIES as readonly string[]).indexOf(name) : 16 + i;
};

const SEVERITIES = { warning: 4, info: 6 } as const;

const address = readBy(z.string(), (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol.slice(0, -1) ?? '';
  const rest = url === undefined ? '' : url.pathname + url.search + url.username;
  if (url === undefined || !(protocol in PORTS) || url.hostname === '' || (rest !== '' && rest !== '/')) {
    throw new RangeError(
      `invalid address ${JSON.stringify(text.slice(0, 200))}: right would be udp://host:514, tcp://host:514 or tls://host:6514`,
    );
  }
  const kind = protocol as Protocol;
  const port = url.port === '' ? PORTS[kind] : Number(url.port);
  return { protocol: kind, host: url.hostname.replace(/^\[|\]$/g, ''), port };
});

export const syslog: SinkKind<Options> = {
  options: z.preprocess(
    (value) => (typeof value === 'string' ? { address: value } : value),
    z
      .strictObject({
        address,
        facility: oneOf([...FACILITIES, ...LOCALS]).optional(),
        tls: tlsMaterial.optional(),
      })
      .transform(({ address: place, facility = 'daemon', tls: material }) => ({
        ...place,
        facility: codeOf(facility),
        tls: material,
      })),
  ),
  describe: ({ protocol, host, port }) => `${protocol}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
  open: (options) => ({
    encode: encoderOf(options),
    send: (items) =>
      options.protocol === 'udp' ? sendDatagrams(options, items) : sendFrames(options, items),
  }),
};

/** The message is the event as JSON, in ASCII, so that it needs no byte order mark; its id is the action. */
function encoderOf({ facility }: Options): Sink['encode'] {
  const host = printable(hostname(), 255);
  return (event, cursor) => {
    const priority = facility * 8 + SEVERITIES[severityOf(event)];
    // RFC 5424 knows six decimals at most.
    const time = format(event.timeNano, { digits: 6 });
    const id = printable(verbOf(event), 32);
    const number = ((event.seq - 1) % 2_147_483_647) + 1;
    return `<${priority}>1 ${time} ${host} tidings ${process.pid} ${id} [meta sequenceId="${number}"] ${ascii(encodeEvent(event, cursor))}`;
  };
}

/** Writes other characters as escapes of JSON. */
function ascii(json: string): string {
  return json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A header field: printable ASCII without spaces; `-` if nothing is left. */
function printable(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, most) || '-';
}

/** UDP knows no acknowledgement: a datagram counts as delivered once the system has sent it. */
function sendDatagrams({ host, port }: Options, items: readonly Item[]): Observable<Outcome> {
  return new Observable((subscriber) => {
    const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4' });
    let sent = 0;
    const fail = (error: NodeJS.ErrnoException): void => {
      const refusal = error.code === 'EMSGSIZE' ? { refusal: 'size' as const, retry: false } : {};
      subscriber.next({ ...unanswered(error), ...refusal, accepted: sent });
      subscriber.complete();
    };
    const next = (): void => {
      const item = items[sent];
      if (item === undefined) {
        subscriber.next({ result: 'done', detail: 'it was sent', retry: false });
        return subscriber.complete();
      }
      socket.send(item.text, (error) => {
        if (subscriber.closed) return;
        if (error !== null) return fail(error);
        sent++;
        next();
      });
    };
    socket.on('error', fail);
    // A connected socket reports a closed port.
    socket.connect(port, host, next);
    return () => socket.close();
  });
}

/**
 * Syslog knows no acknowledgement. So each batch has a connection of its own: the receiver closes it
 * once it has read everything, and that counts as one.
 */
function sendFrames(
  { protocol, host, port, tls: material }: Options,
  items: readonly Item[],
): Observable<Outcome> {
  return new Observable((subscriber) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket =
      protocol === 'tls'
        ? tls.connect({ host, port, ...servername, ...givenMaterial(material) })
        : net.connect({ host, port });
    let finished = false;
    const end = (outcome: Outcome): void => {
      subscriber.next(outcome);
      subscriber.complete();
    };
    socket.on('error', (error) => end(unanswered(error)));
    socket.on('finish', () => (finished = true));
    socket.on('close', () =>
      end(
        finished
          ? { result: 'done', detail: 'it was read to its end', retry: false }
          : unanswered(new Error('it closed the connection too early')),
      ),
    );
    // Answers are discarded, but the end must be read.
    socket.resume();
    socket.on(protocol === 'tls' ? 'secureConnect' : 'connect', () => {
      socket.end(items.map(({ text, bytes }) => `${bytes} ${text}`).join(''));
    });
    return () => socket.destroy();
  });
}
