import { describe, expect, it } from 'vitest';
import { remoteAddress } from '../../../src/engines/remote.ts';

describe('the address of a remote engine', () => {
  const program = ['docker'];

  it.each([
    ['tcp://10.0.0.1', {}, 'tcp://10.0.0.1:2375'],
    ['tcp://10.0.0.1', { DOCKER_TLS_VERIFY: '1' }, 'tcp://10.0.0.1:2376'],
    ['tcp://[::1]:1234', {}, 'tcp://[::1]:1234'],
    ['ssh://me@build:22', {}, 'ssh://me@build:22'],
  ])('%s in %j is %s', (endpoint, environment, text) => {
    expect(remoteAddress(endpoint, program, environment).text).toBe(text);
  });

  it.each(['ssh://-oProxyCommand=x/', 'ssh://', 'tcp://h:99999', 'tcp://me:secret@h'])(
    'refuses %s',
    (endpoint) => {
      expect(() => remoteAddress(endpoint, program, {})).toThrow(/right would be|cannot begin with a dash/);
    },
  );

  it('names a certificate file that cannot be read', () => {
    const environment = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere/certs' };
    const { request } = remoteAddress('tcp://127.0.0.1:1', program, environment);
    expect(() => request({ method: 'GET', path: '/_ping', headers: {} })).toThrow(
      'the certificate file /nowhere/certs/ca.pem cannot be read (ENOENT): TLS needs ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH',
    );
  });
});
