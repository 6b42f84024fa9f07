/** A certificate for tests, made in each run: for `tidings.test` and 127.0.0.1. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './tools.ts';

const openssl: string | undefined = findTool('openssl');

/** True if a certificate can be made here. */
export const canMakeCertificate: boolean = openssl !== undefined;

export function makeCertificate(): { cert: Buffer; key: Buffer } {
  const directory = mkdtempSync('/tmp/td-');
  const [cert, key] = [join(directory, 'cert'), join(directory, 'key')];
  const names = 'subjectAltName=DNS:tidings.test,IP:127.0.0.1';
  const args = `req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2 -subj /CN=tidings.test -addext ${names} -out ${cert} -keyout ${key}`;
  try {
    execFileSync(openssl ?? 'openssl', args.split(' '), { stdio: 'ignore' });
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
