/**
 * The public names: they change on purpose only. Types are listed too, so that a name has one
 * meaning.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const entries = {
  tidings: 'src/index.ts',
  'tidings/operators': 'operators/index.ts',
  'tidings/engine': 'src/engine.ts',
  'tidings/journal': 'src/journal.ts',
};

interface Exported {
  /** As users import it. */
  readonly name: string;
  /** As its file declares it. */
  readonly declared: string;
  readonly from: string;
  readonly isType: boolean;
}

/** The path in the tree of a file's relative import. */
function pathFrom(file: string, path: string): string {
  return new URL(path, `file:///${file}`).pathname.slice(1);
}

/** The names that an index exports, each with its file. */
function exportsOf(file: string): Exported[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)';/gm)];
  const named = lists.flatMap(([, type, names = '', from = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => ({
        name: name.replace(/^type /, '').replace(/^.* as /, ''),
        declared: name.replace(/^type /, '').replace(/ as .*$/, ''),
        from: pathFrom(file, from),
        isType: type !== undefined || name.startsWith('type '),
      })),
  );
  const spaces = [...text.matchAll(/^export \* as (\w+) from '([^']+)';/gm)];
  return [
    ...named,
    ...spaces.map(([, name = '', from = '']) => ({ name, declared: '', from, isType: false })),
  ];
}

/**
 * Tests for a docstring before the declaration of a name, in its file or in the file that it
 * re-exports.
 */
function isDocumented(file: string, declared: string): boolean {
  const text = readFileSync(join(root, file), 'utf8');
  const start = text.search(
    new RegExp(`^export (async )?(function\\*?|const|class|interface|type) ${declared}\\b`, 'm'),
  );
  if (start >= 0) return text.slice(0, start).endsWith('*/\n');
  const again = new RegExp(`^export (?:type )?\\{[^}]*\\b${declared}\\b[^}]*\\} from '([^']+)';`, 'm').exec(
    text,
  );
  if (again === null) throw new Error(`${file} does not declare ${declared}`);
  return isDocumented(pathFrom(file, again[1] ?? ''), declared);
}

describe('the public names', () => {
  it.each(Object.entries(entries))('of %s', (entry, file) => {
    const names = exportsOf(file);
    const sorted = (isType: boolean): string[] =>
      names
        .filter((each) => each.isType === isType)
        .map(({ name }) => name)
        .sort();
    expect({ values: sorted(false), types: sorted(true) }).toMatchSnapshot(entry);
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  });

  it('have one meaning each, whichever entry point they come from', () => {
    const all = Object.values(entries).flatMap(exportsOf);
    const twice = all.filter(({ name, from }) =>
      all.some((other) => other.name === name && other.from !== from),
    );
    expect(twice).toEqual([]);
  });

  it('are what the entry points really export', async () => {
    for (const file of Object.values(entries)) {
      const module = (await import(join(root, file))) as object;
      const values = exportsOf(file).filter(({ isType }) => !isType);
      expect(Object.keys(module).sort()).toEqual(values.map(({ name }) => name).sort());
    }
  });

  it('have a docstring each', () => {
    const all = Object.values(entries).flatMap(exportsOf);
    const bare = all.filter(({ from, declared }) => declared !== '' && !isDocumented(from, declared));
    expect(bare.map(({ from, declared }) => `${from}: ${declared}`)).toEqual([]);
  });

  it('are those of package.json', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
    const paths = Object.keys(entries).map((entry) => entry.replace('tidings', '.'));
    expect(Object.keys(exports)).toEqual([...paths, './package.json']);
  });
});
