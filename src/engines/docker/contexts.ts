/** Contexts of Docker's client: named endpoints with their certificates. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Environment } from '../engine.ts';
import { asRecord, asText, entriesOf, jsonFile } from '../config-files.ts';
import { isRemote, sameHost, type TlsFiles } from '../remote.ts';

interface Context {
  readonly endpoint: string;
  readonly isCurrent: boolean;
  /** Undefined for a connection without TLS. */
  readonly tls: TlsFiles | undefined;
}

/**
 * The contexts in `DOCKER_CONFIG`, by default `~/.docker`. Each has a folder below `contexts/meta`,
 * and one below `contexts/tls` for its certificates (docker/cli, `cli/context/store`).
 */
export function dockerContexts(environment: Environment): readonly Context[] {
  const folder = asText(environment['DOCKER_CONFIG']) ?? `${environment['HOME'] ?? ''}/.docker`;
  const name =
    asText(environment['DOCKER_CONTEXT']) ?? asText(jsonFile(`${folder}/config.json`)['currentContext']);
  const current = name === undefined ? '' : createHash('sha256').update(name).digest('hex');
  return entriesOf(`${folder}/contexts/meta`).flatMap((entry) => {
    const id = entry.slice(entry.lastIndexOf('/') + 1);
    const { docker } = asRecord(jsonFile(`${entry}/meta.json`)['Endpoints']);
    const { Host: host, SkipTLSVerify: skip } = asRecord(docker);
    const endpoint = asText(host);
    if (endpoint === undefined) return [];
    const tls = tlsOf(`${folder}/contexts/tls/${id}/docker`, skip === true);
    return [{ endpoint, isCurrent: id === current, tls }];
  });
}

/**
 * The certificates of the context with this remote endpoint. For `DOCKER_HOST`, as in Docker's
 * client, the variables decide instead.
 */
export function contextTls(endpoint: string, environment: Environment): TlsFiles | undefined {
  if (sameHost(endpoint, environment['DOCKER_HOST'] ?? '')) return undefined;
  return dockerContexts(environment).find(
    (context) => isRemote(context.endpoint) && sameHost(endpoint, context.endpoint),
  )?.tls;
}

/** As in Docker's client: TLS is used if there is a certificate, or if its check is switched off. */
function tlsOf(folder: string, skipsVerify: boolean): TlsFiles | undefined {
  const file = (name: string): string | undefined => {
    const path = `${folder}/${name}.pem`;
    return existsSync(path) ? path : undefined;
  };
  const files = { ca: file('ca'), cert: file('cert'), key: file('key'), verify: !skipsVerify };
  const isPlain = files.ca === undefined && files.cert === undefined && files.key === undefined;
  return isPlain && files.verify ? undefined : files;
}
