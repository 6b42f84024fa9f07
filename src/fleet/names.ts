/**
 * Names of a fleet in NATS: one stream for each host, `tidings-HOST`, with the subjects
 * `tidings.HOST.TYPE`.
 */

/** Longest encoded host: JetStream allows 255 characters for a stream. */
const LONGEST = 200;

const STREAM = 'tidings-';
const SUBJECT = 'tidings';

/** All subjects of events, and of heartbeats. */
export const ALL_EVENTS: string = `${SUBJECT}.*.*`;
export const ALL_HEARTBEATS: string = `${SUBJECT}.*.alive.*`;

/**
 * Encodes any text as one token of a subject, which is also valid in the name of a stream: letters,
 * digits, `-` and `_` stay; every other byte of its UTF-8 becomes `=XX`. (nats-server 2.9 cannot
 * deliver from a stream with `%` in its name.)
 */
export function encodeToken(text: string): string {
  // A lone surrogate has no UTF-8.
  return encodeURIComponent(Buffer.from(text).toString())
    .replace(/[.!~*'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%', '=');
}

/** Reverses {@link encodeToken}; undefined if the token is not its result. */
export function decodeToken(token: string): string | undefined {
  try {
    const text = decodeURIComponent(token.replaceAll('=', '%'));
    return encodeToken(text) === token ? text : undefined;
  } catch {
    return undefined;
  }
}

/** @throws RangeError if it cannot be the name of a host */
export function checkHost(host: string): string {
  // oxlint-disable-next-line no-control-regex
  if (host === '' || /[\0-\x1f\x7f]/.test(host) || encodeToken(host).length > LONGEST) {
    throw new RangeError(
      `invalid host ${JSON.stringify(host.slice(0, 80))}: 1 character or more, none of them a control character, and at most ${LONGEST} bytes, where a byte other than a letter, a digit, - and _ counts as three`,
    );
  }
  return host;
}

/** The stream of a host. */
export function streamOf(host: string): string {
  return STREAM + encodeToken(host);
}

/** The host of a stream; undefined for another stream. */
export function hostOfStream(stream: string): string | undefined {
  return stream.startsWith(STREAM) ? decodeToken(stream.slice(STREAM.length)) : undefined;
}

/** The subjects of a host's stream: events, and no heartbeats. */
export function eventsOf(host: string): string {
  return `${SUBJECT}.${encodeToken(host)}.*`;
}

/** The subject of an event. A type can be any text; an empty one is `-`. */
export function subjectOf(host: string, type: string): string {
  return `${SUBJECT}.${encodeToken(host)}.${encodeToken(type) || '-'}`;
}

/** The subject of heartbeats of a daemon; of all daemons of the host without one. */
export function heartbeatsOf(host: string, daemon = '*'): string {
  return `${SUBJECT}.${encodeToken(host)}.alive.${daemon}`;
}

/** The host in the subject of a heartbeat; undefined if it is not one. */
export function hostOfHeartbeat(subject: string): string | undefined {
  const [first, host = '', third] = subject.split('.');
  return first === SUBJECT && third === 'alive' ? decodeToken(host) : undefined;
}
