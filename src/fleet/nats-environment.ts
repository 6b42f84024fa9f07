/** Credentials for NATS from the environment, in the variables of NATS' own tools. */
import { readTrusted } from '../trust.ts';
import type { NatsOptions } from './nats.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options of a connection: `NATS_CREDS`, `NATS_NKEY`, `NATS_CA`, `NATS_CERT` and `NATS_KEY` are
 * paths of files; `NATS_TOKEN`, `NATS_USER` and `NATS_PASSWORD` are texts.
 *
 * @throws Error that names the variable, if its file cannot be read
 */
export function natsFromEnvironment(url: string, environment: Environment): NatsOptions {
  const text = (name: string): string | undefined => environment[name] || undefined;
  const file = (name: string): string | undefined => {
    const path = text(name);
    if (path === undefined) return undefined;
    try {
      return readTrusted(path, 'the file').toString('utf8').trim();
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  };
  const [ca, cert, key] = [file('NATS_CA'), file('NATS_CERT'), file('NATS_KEY')];
  const tls = ca === undefined && cert === undefined ? undefined : { ca, cert, key };
  return {
    ...{ url, creds: file('NATS_CREDS'), nkey: file('NATS_NKEY') },
    ...{ token: text('NATS_TOKEN'), user: text('NATS_USER'), password: text('NATS_PASSWORD'), tls },
  };
}
