/** The TCP flags of `tidings serve`. */
import { checkTcp, type TcpOptions } from '../../src/internal.ts';
import { readTrusted } from '../../src/trust.ts';
import { readOption, usage } from '../exit.ts';

export interface TcpFlags {
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tokenFile?: string;
  readonly insecureLoopback?: boolean;
}

/** Reads the TCP options; unsafe ones are refused here, before anything starts. */
export function readTcp(flags: TcpFlags): TcpOptions | undefined {
  const { listen, tlsCert, tlsKey, tokenFile, insecureLoopback } = flags;
  if (listen === undefined) {
    const others = { tlsCert, tlsKey, tokenFile, insecureLoopback };
    const given = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
    if (given === undefined) return undefined;
    const flag = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--${flag} needs a TCP address: add --listen, such as --listen localhost:7777`);
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw usage('--tls-cert and --tls-key belong together: give both');
  }
  const tls =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : { cert: readFile('--tls-cert', tlsCert), key: readFile('--tls-key', tlsKey) };
  const token =
    tokenFile === undefined ? undefined : readFile('--token-file', tokenFile).toString('utf8').trim();
  const tcp: TcpOptions = { address: listen, tls, token, insecureLoopback };
  readOption('--listen', () => checkTcp(tcp));
  return tcp;
}

function readFile(flag: string, path: string): Buffer {
  try {
    return readTrusted(path, 'the file');
  } catch (cause) {
    throw usage(`${flag}: ${(cause as Error).message}`, cause);
  }
}
