import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = new URL('../../scripts/', import.meta.url).pathname;

describe('scripts/ready.js', () => {
  let root: string;
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text);
  const lock = (version: string): string =>
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/a': { version },
        'node_modules/b': { version: '1.0.0', optional: true },
      },
    });

  /** The steps of a run (`install`, `build`), and its messages. */
  const ready = (): { did: string[]; said: string; status: number | null } => {
    write('log', '');
    const env = { ...process.env, PATH: `${root}/bin:${process.env['PATH']}` };
    const { stderr, status } = spawnSync(process.execPath, [join(root, 'scripts/ready.js')], {
      env,
      encoding: 'utf8',
    });
    return { did: readFileSync(join(root, 'log'), 'utf8').split('\n').slice(0, -1), said: stderr, status };
  };

  beforeEach(() => {
    root = mkdtempSync('/tmp/td-');
    for (const folder of ['scripts', 'src/deep', 'bin']) mkdirSync(join(root, folder), { recursive: true });
    for (const script of ['ready.js', 'install.js', 'digest.js', 'root.js'])
      cpSync(join(scripts, script), join(root, 'scripts', script));
    write('package.json', '{"type":"module"}');
    write('package-lock.json', lock('1.0.0'));
    write('src/deep/a.ts', 'a');
    // Stand-ins for npm and for the build; they leave the same files as the real ones.
    write(
      'bin/npm',
      `#!/bin/sh\necho install >>'${root}/log'; mkdir -p '${root}/node_modules'\n` +
        `cp '${root}/package-lock.json' '${root}/node_modules/.package-lock.json'\n`,
    );
    chmodSync(join(root, 'bin/npm'), 0o755);
    write(
      'scripts/build.js',
      `import { appendFileSync, mkdirSync } from 'node:fs';
      export function build() {
        mkdirSync('${root}/dist', { recursive: true });
        appendFileSync('${root}/log', 'build\\n');
      }`,
    );
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('installs and builds in a fresh clone, and does nothing after that', () => {
    expect(ready()).toMatchObject({ did: ['install', 'build'], status: 0 });
    expect(ready()).toEqual({ did: [], said: '', status: 0 });
  });

  it('builds when a source was changed, added or removed', () => {
    ready();
    write('src/deep/a.ts', 'b');
    expect(ready().did).toEqual(['build']);
    write('src/b.ts', '');
    expect(ready().did).toEqual(['build']);
    rmSync(join(root, 'src/b.ts'));
    expect(ready().did).toEqual(['build']);
    expect(ready().did).toEqual([]);
  });

  it('installs when the lockfile names another version', () => {
    ready();
    write('package-lock.json', lock('1.0.1'));
    expect(ready().did).toEqual(['install', 'build']);
  });

  it('leaves alone what node_modules is linked to', () => {
    ready();
    renameSync(join(root, 'node_modules'), join(root, 'elsewhere'));
    symlinkSync('elsewhere', join(root, 'node_modules'));
    expect(ready().did).toEqual([]);
    write('package-lock.json', lock('1.0.1'));
    expect(ready()).toMatchObject({ did: [], status: 1, said: expect.stringContaining('is a link') });
  });

  it('says in a line what went wrong', () => {
    write('bin/npm', '#!/bin/sh\nexit 3\n');
    expect(ready()).toMatchObject({ did: [], status: 1 });
    expect(ready().said).toMatch(/\ntidings: npm ci .*: exit 3\n$/);
  });
});
