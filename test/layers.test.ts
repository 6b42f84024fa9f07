import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const script = new URL('../scripts/layers.js', import.meta.url).pathname;

function run(...args: string[]): { status: number | null; problems: string[] } {
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, problems: stderr.split('\n').filter((line) => line !== '') };
}

/** The output of the check for a tree of the given files. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync('/tmp/td-');
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { status, problems } = run(root);
    expect(status).toBe(problems.length > 0 ? 1 : 0);
    return problems;
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('who imports whom', () => {
  it('is as the table allows', () => {
    expect(run()).toEqual({ status: 0, problems: [] });
  });

  it('is refused where it is not, by whichever kind of import', () => {
    const text = [
      "import { a } from '../collector/collector.ts';",
      "import type { A } from '../collector/collector.ts';",
      'import {',
      '  b,',
      "} from '../server/b.ts';",
      "import '../../cli/main.ts';",
      "export * from '../journal/c.ts';",
      "export type { D } from '../journal/c.ts';",
      "const e = await import('../daemon/e.ts');",
      'const f = await import(name);',
      "type G = import('../index.ts').G;",
    ];
    expect(check({ 'src/monitor/x.ts': text.join('\n') }).map((line) => line.split(': src/')[0])).toEqual([
      'src/monitor/x.ts:1: imports src/collector/collector.ts',
      'src/monitor/x.ts:2: imports src/collector/collector.ts (types)',
      'src/monitor/x.ts:3: imports src/server/b.ts',
      'src/monitor/x.ts:6: imports cli/main.ts',
      'src/monitor/x.ts:7: imports src/journal/c.ts',
      'src/monitor/x.ts:8: imports src/journal/c.ts (types)',
      'src/monitor/x.ts:9: imports src/daemon/e.ts',
      'src/monitor/x.ts:10: imports a computed path: write the path as a literal',
      'src/monitor/x.ts:11: imports src/index.ts',
    ]);
  });

  it('can be by types alone', () => {
    expect(check({ 'src/journal/x.ts': "import type { A } from '../collector/collector.ts';" })).toEqual([]);
    expect(check({ 'src/journal/x.ts': "import { type A } from '../collector/collector.ts';" })).toHaveLength(
      1,
    );
    expect(check({ 'src/journal/x.ts': "import type from '../collector/collector.ts';" })).toHaveLength(1);
  });

  it('is looked for neither in comments nor hidden by strings', () => {
    const commented = "// import('../index.ts')\n/*\nimport '../index.ts';\n*/\n";
    expect(check({ 'src/monitor/x.ts': commented })).toEqual([]);
    const hidden = "const glob = 'a/*.ts', url = 'http://b';\nimport '../index.ts';\nconst end = '*/';\n";
    expect(check({ 'src/monitor/x.ts': hidden })).toHaveLength(1);
  });

  it('concerns packages where the table says so, and rxjs everywhere', () => {
    expect(check({ 'operators/x.ts': "import { map } from 'rxjs';\nimport fs from 'node:fs';" })).toEqual([
      'operators/x.ts:2: imports node:fs: operators/ may import rxjs',
    ]);
    expect(check({ 'src/server/x.ts': "import { map } from 'rxjs/operators';" })).toEqual([
      "src/server/x.ts:1: imports rxjs/operators: only from 'rxjs'",
    ]);
    expect(check({ 'examples/x.ts': "import { followDocker } from 'tidings';" })).toEqual([]);
    expect(check({ 'examples/x.ts': "import { followDocker } from '../src/index.ts';" })).toHaveLength(1);
    expect(check({ 'cli/x.ts': "import { followDocker } from 'tidings';" })).toHaveLength(1);
  });

  it('has every file in the table', () => {
    expect(check({ 'src/elsewhere/x.ts': '' })).toEqual([
      'src/elsewhere/x.ts: belongs to no layer: add it to the table in scripts/layers.js',
    ]);
  });

  it('starts no real server in a unit test', () => {
    const text = "import { useDockerd } from '../support/dockerd.ts';";
    expect(check({ 'test/src/a.test.ts': text, 'test/src/a.system.test.ts': text })).toEqual([
      'test/src/a.test.ts:1: imports test/support/dockerd.ts: only tests named *.system.test.ts may',
    ]);
  });
});
