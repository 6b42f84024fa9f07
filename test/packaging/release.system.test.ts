/** A release by its script, in a copy of the tree: two of them are equal, signed and complete. */
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canBuild } from '../support/release.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const VERSION = '1.2.3-rc.1';

/** Copies the files of the tree that git knows or would add; packages are links to those here. */
function copyOfTree(folder: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root });
  const archive = execFileSync('tar', ['-c', '--null', '-T', '-', '--ignore-failed-read'], {
    cwd: root,
    input: listed,
    maxBuffer: 256 * 2 ** 20,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  for (const place of ['', 'tools/node'])
    symlinkSync(join(root, place, 'node_modules'), join(folder, place, 'node_modules'));
}

describe.skipIf(!canBuild || findTool('dpkg-deb') === undefined || findTool('git') === undefined)(
  'a release',
  () => {
    const folder = mkdtempSync('/tmp/td-');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const key = join(folder, 'key.pem');
    const release = (tree: string, ...args: string[]): string =>
      execFileSync(process.execPath, ['packaging/release.js', VERSION, ...args], {
        cwd: tree,
        encoding: 'utf8',
        env: { ...process.env, SOURCE_DATE_EPOCH: '1764300000' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const [first, second] = [join(folder, 'first'), join(folder, 'second-with-a-longer-name')];
    const made = (name: string): Buffer => readFileSync(join(first, 'dist/release', name));
    const sums: string[] = [];

    beforeAll(() => {
      writeFileSync(key, privateKey);
      for (const tree of [first, second]) {
        execFileSync('mkdir', [tree]);
        copyOfTree(tree);
      }
      // The image has its own test; the second deb is compared below without its compression.
      sums.push(release(first, '--sign', key, '--without', 'image'));
      sums.push(release(second, '--without', 'image,deb'));
    }, 900_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('has the same bytes when it is built again elsewhere', () => {
      const lines = (text = ''): string[] => text.trimEnd().split('\n');
      expect(lines(sums[1])).toHaveLength(4);
      expect(lines(sums[0])).toEqual(expect.arrayContaining(lines(sums[1])));
      expect(lines(sums[0]).map((line) => line.split('  ')[1])).toEqual([
        `tidings-${VERSION}-linux-x64`,
        `tidings-${VERSION}-linux-x64.licences.txt`,
        `tidings-${VERSION}.cdx.json`,
        `tidings-${VERSION}.tgz`,
        'tidings_1.2.3~rc.1_amd64.deb',
      ]);
    });

    it('has a Debian package of the same bytes', () => {
      const build = (tree: string, name: string): Buffer => {
        const executable = join(tree, 'dist/release', `tidings-${VERSION}-linux-x64`);
        const file = join(folder, name);
        const code = `
          import { readFileSync } from 'node:fs';
          import { buildDebianPackage } from './packaging/debian/build.js';
          const licences = readFileSync('${executable}.licences.txt', 'utf8');
          buildDebianPackage({ file: '${executable}', licences }, { file: '${file}', compression: 'none' });
        `;
        execFileSync(process.execPath, ['--input-type=module', '-e', code], {
          cwd: tree,
          env: { ...process.env, SOURCE_DATE_EPOCH: '1764300000' },
        });
        const bytes = readFileSync(file);
        rmSync(file);
        return createHash('sha256').update(bytes).digest();
      };
      expect(build(second, 'second.deb')).toEqual(build(first, 'first.deb'));
    });

    it('has checksums that its key has signed', () => {
      const text = made('SHA256SUMS');
      expect(text.toString()).toBe(sums[0]);
      expect(verify(null, text, createPublicKey(publicKey), made('SHA256SUMS.sig'))).toBe(true);
      const checked = execFileSync('sha256sum', ['--check', 'SHA256SUMS'], {
        cwd: join(first, 'dist/release'),
        encoding: 'utf8',
      });
      expect(checked.match(/: OK$/gm)).toHaveLength(5);
    });

    it('lists the components, and the licences of those inside the executable', () => {
      const list = JSON.parse(made(`tidings-${VERSION}.cdx.json`).toString()) as {
        readonly bomFormat: string;
        readonly metadata: { readonly timestamp: string; readonly component: { readonly version: string } };
        readonly components: readonly { readonly group?: string; readonly name: string }[];
      };
      expect(list).toMatchObject({
        bomFormat: 'CycloneDX',
        metadata: { timestamp: '2025-11-28T03:20:00.000Z', component: { version: VERSION } },
      });
      const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
        readonly dependencies: object;
      };
      const names = list.components.map(({ group, name }) =>
        group === undefined ? name : `${group}/${name}`,
      );
      expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
      expect(names).not.toContain('vitest');
      const licences = made(`tidings-${VERSION}-linux-x64.licences.txt`).toString();
      for (const name of Object.keys(dependencies)) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
      expect(licences).toMatch(/^Node\.js, and the software that it contains$/m);
      expect(licences).toContain('Apache License');
    });

    it('has the version everywhere', () => {
      const executable = join(first, 'dist/release', `tidings-${VERSION}-linux-x64`);
      expect(execFileSync(executable, ['--version'], { encoding: 'utf8' })).toBe(`${VERSION}\n`);
      const packed = execFileSync(
        'tar',
        ['-xzOf', join(first, 'dist/release', `tidings-${VERSION}.tgz`), 'package/package.json'],
        { encoding: 'utf8' },
      );
      expect(JSON.parse(packed)).toMatchObject({ version: VERSION });
      expect(readFileSync(join(first, 'CHANGELOG.md'), 'utf8')).toContain(`\n## ${VERSION} (2025-11-28)\n`);
      expect(readdirSync(join(first, 'dist/release'))).toHaveLength(7);
    });
  },
);

it('refuses an invalid version, and a key that cannot be read', () => {
  const run = (...args: string[]): string => {
    try {
      return execFileSync(process.execPath, ['packaging/release.js', ...args], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  };
  expect(run('next')).toMatch(/the first argument is the version, such as 1\.2\.0, not 'next'/);
  expect(run('1.0.0', '--sign', '/nowhere.pem')).toMatch(/\/nowhere\.pem/);
});
