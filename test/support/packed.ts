/** The product as installed by a user: packed, in an empty project beside its dependencies. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { root } from './tree.ts';

/** A project that depends on the packed product. */
export interface Project {
  readonly directory: string;
  /** The packed file. */
  readonly tarball: string;
  /** The command, as its `bin` names it. */
  readonly command: string;
}

/** Makes a project for the tests of a file or `describe`. */
export function packed(): () => Project {
  let project: Project | undefined;
  beforeAll(() => {
    project = makeProject();
  }, 120_000);
  afterAll(() => {
    if (project !== undefined) rmSync(project.directory, { recursive: true, force: true });
  });
  return () => {
    if (project === undefined) throw new Error('packed(): only inside a test');
    return project;
  };
}

function makeProject(): Project {
  const directory = mkdtempSync('/tmp/td-');
  const packing = execFileSync('npm', ['pack', '--json', '--pack-destination', directory], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packing) as [{ filename: string }];
  const tarball = join(directory, filename);
  const own = join(directory, 'node_modules/tidings');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', own, '--strip-components=1']);
  const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly bin: { readonly tidings: string };
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  // The packages that npm would install: the tree already has them.
  const needed = { ...manifest.dependencies, ...manifest.peerDependencies };
  for (const name of Object.keys(needed)) {
    const link = join(directory, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  const dependencies = { tidings: '*', ...manifest.peerDependencies };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
  return { directory, tarball, command: join(own, manifest.bin.tidings) };
}
