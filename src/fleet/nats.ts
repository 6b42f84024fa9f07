/**
 * The connection to NATS. Needs the package `@nats-io/transport-node`, which is loaded on first use.
 *
 * The client does not reconnect by itself: after a connection is lost, its user reads the stream's
 * end again and continues from there, so nothing is published or read blindly.
 */
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { givenMaterial, type TlsMaterial } from '../tls-material.ts';

/** Addresses and credentials. */
export interface NatsOptions {
  /** One server or several of one cluster: `nats://a:4222,nats://b:4222`; `tls://` demands TLS. */
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** The seed of an NKEY: `SU…`. */
  readonly nkey?: string | undefined;
  /** The content of a credentials file: a JWT and its seed. */
  readonly creds?: string | undefined;
  readonly tls?: TlsMaterial | undefined;
}

const RIGHT = 'nats://host:4222 or tls://host:4222, several with commas';

/**
 * The addresses of a URL, in canonical form: each with its port.
 *
 * @throws RangeError if the URL is invalid, or holds credentials
 */
export function checkNatsUrl(text: string): string {
  const parts = text.split(',').map((part) => part.trim());
  const first = /^(nats|tls):\/\//.exec(parts[0] ?? '')?.[1];
  return parts
    .map((part) => {
      const full = part.includes('://') ? part : `${first}://${part}`;
      const url = URL.canParse(full) ? new URL(full) : undefined;
      const isAddress = url !== undefined && ['nats:', 'tls:'].includes(url.protocol) && url.hostname !== '';
      if (
        !isAddress ||
        first === undefined ||
        !/^(\/?|)$/.test(url.pathname) ||
        url.search + url.hash !== ''
      ) {
        const shown = text.replace(/\/\/[^/@,]*@/g, '//…@').slice(0, 200);
        throw new RangeError(`invalid NATS server ${JSON.stringify(shown)}: right would be ${RIGHT}`);
      }
      if (url.username !== '' || url.password !== '') {
        throw new RangeError(
          `the address of a NATS server must not hold credentials, as addresses are logged: right would be ${RIGHT}`,
        );
      }
      return `${url.protocol}//${url.host}${url.port === '' ? ':4222' : ''}`;
    })
    .join(',');
}

/** Time for a connection: in ms. */
const CONNECT_WITHIN = 10_000;

/** A lost link is noticed after at most three such intervals: in ms. */
const PING_EVERY = 5000;

/** Oldest supported version of nats-server. */
const OLDEST = [2, 9] as const;

/** An open connection; it never reconnects. */
export interface Nats {
  readonly connection: NatsConnection;
  /** Makes empty headers. */
  readonly headers: Package['headers'];
  /** A subject of this connection's own, for answers. */
  readonly inbox: string;
}

/**
 * Connects once.
 *
 * @param name shown by the server's monitoring
 * @param inbox first part of the subjects of answers, which a permission can name
 * @throws Error with a clause for people, also if the package is missing
 */
export async function connectNats(options: NatsOptions, name: string, inbox: string): Promise<Nats> {
  const nats = await load();
  const { url, tls } = options;
  const servers = url.split(',');
  const secure = tls !== undefined || servers.some((server) => server.startsWith('tls:'));
  const settings: NodeConnectionOptions = {
    servers: servers.map((server) => server.replace(/^\w+:\/\//, '')),
    name,
    inboxPrefix: inbox,
    reconnect: false,
    timeout: CONNECT_WITHIN,
    pingInterval: PING_EVERY,
    maxPingOut: 2,
    ignoreClusterUpdates: true,
    ...(secure ? { tls: tlsOptions(servers, tls) } : {}),
    ...authenticator(nats, options),
  };
  let connection: NatsConnection;
  try {
    connection = await nats.connect(settings);
  } catch (error) {
    throw new Error(connectFailure(error, options), { cause: error });
  }
  const { version = '' } = connection.info ?? {};
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    await connection.close();
    throw new Error(`${url} is nats-server ${version}: ${OLDEST.join('.')} or newer is needed`);
  }
  return { connection, headers: nats.headers, inbox: `${inbox}.${nats.nuid.next()}` };
}

/** Closes a connection; messages on their way are written before. */
export function closeNats({ connection }: Nats): void {
  const close = (): Promise<void> => connection.close();
  void connection.flush().then(close, close);
}

function authenticator(nats: Package, options: NatsOptions): NodeConnectionOptions {
  const { user, password, token, nkey, creds } = options;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const found: Authenticator[] = [];
  if (creds !== undefined) found.push(nats.credsAuthenticator(bytes(`${creds.trim()}\n`)));
  if (nkey !== undefined) found.push(nats.nkeyAuthenticator(bytes(nkey.trim())));
  if (token !== undefined) found.push(nats.tokenAuthenticator(token));
  if (user !== undefined) found.push(nats.usernamePasswordAuthenticator(user, password));
  return found.length === 0 ? {} : { authenticator: found };
}

function tlsOptions(servers: readonly string[], material: TlsMaterial | undefined): TlsOptions {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return {
    ...givenMaterial(material),
    // The client names no server that is given by its address: Node would look for "localhost".
    checkServerIdentity: (name, certificate) => {
      const names = addresses.length === 0 || hosts.includes(name) ? [name] : addresses;
      const errors = names.map((each) => checkServerIdentity(each, certificate));
      return errors.every((error) => error !== undefined) ? errors[0] : undefined;
    },
  };
}

/** The client hands further options of Node on, which its types do not say. */
interface TlsOptions extends NonNullable<NodeConnectionOptions['tls']> {
  readonly checkServerIdentity: (name: string, certificate: PeerCertificate) => Error | undefined;
}

function connectFailure(error: unknown, { url, ...credentials }: NatsOptions): string {
  const text = messageOf(error);
  if (/authorization|authentication|nkey|jwt/i.test(text)) {
    const kinds = ['creds', 'nkey', 'token', 'user'].filter(
      (kind) => kind in credentials && credentials[kind as 'user'] !== undefined,
    );
    const used = kinds.length === 0 ? 'it was given no credentials' : `it was given ${kinds.join(' and ')}`;
    return `${url} refuses the credentials (${text.toLowerCase()}): ${used}; right is a user of its configuration`;
  }
  if (/'tls'|tls/i.test(text) && /not (support|available)/.test(text))
    return `${url} does not offer TLS: remove tls and tls://, or set up TLS on the server`;
  if (/altname/i.test(text)) return `${url}: ${text}: right is an address that its certificate names`;
  if (/certificate|self.signed/i.test(text))
    return `${url}: ${text}: give the authority of its certificate as ca`;
  return `${url} cannot be reached: ${text}`;
}

/** The message of an error of the client, with its cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}

type Package = Pick<
  typeof import('@nats-io/transport-node'),
  | ('connect' | 'headers' | 'nuid' | 'credsAuthenticator' | 'nkeyAuthenticator' | 'tokenAuthenticator')
  | 'usernamePasswordAuthenticator'
>;

/** The load of the package: one for all attempts, as an attempt can end before it. */
let loading: Promise<Package> | undefined;

async function load(): Promise<Package> {
  loading ??= import('@nats-io/transport-node');
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw new Error(
      `the package @nats-io/transport-node is not installed beside tidings (npm install @nats-io/transport-node): ${messageOf(error)}`,
      { cause: error },
    );
  }
}
