import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import * as exported from '../../operators/index.ts';
import { diagramsOf, runDiagram } from '../support/diagrams.ts';
import { folderInTree, root } from '../support/tree.ts';

const page = readFileSync(join(root, 'docs/operators.md'), 'utf8');
const diagrams = diagramsOf(page);

/** Every operator is a file of its name. */
const operators = readdirSync(join(root, 'operators'))
  .map((file) => file.replace('.ts', ''))
  .filter((name) => name in exported && !['closest', 'toAsyncIterable'].includes(name));

describe('docs/operators.md', () => {
  it.each(diagrams.map((diagram) => [`${diagram.heading}, line ${diagram.line}`, diagram] as const))(
    'is true of %s',
    (_, diagram) => {
      expect.hasAssertions();
      runDiagram(diagram, new TestScheduler((actual, expected) => expect(actual).toEqual(expected)));
    },
  );

  it('would be found out', () => {
    const [first] = diagrams;
    const lie = { ...first!, results: [{ marbles: '-a-a-a-|' }] };
    const compare = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    expect(() => runDiagram(lie, compare)).toThrow('to deeply equal');
    expect(() => diagramsOf('```marbles\nnonsense\n```')).toThrow('what does "nonsense" mean?');
    expect(() => diagramsOf('```marbles\nsource: -a\n> f()\nresult:  -a\n```')).toThrow('not aligned');
    expect(() => diagramsOf('```marbles\nsource: -a\n```')).toThrow('has a source, an operator and a result');
  });

  it.each(operators)('shows %s, and how it is used', (name) => {
    const [, section = ''] = page.split(`\n### \`${name}\`\n`);
    const [own = ''] = section.split(/\n##/);
    expect(own).toContain('```marbles\n');
    expect(own).toMatch(new RegExp(`^> .*\\b${name}\\(`, 'm'));
    expect(own).toMatch(/^```ts$/m);
    expect(page).toContain(`[\`${name}\`](#${name.toLowerCase()})`);
  });

  it('shows code that compiles', { timeout: 60_000 }, () => {
    const directory = folderInTree();
    try {
      const snippets = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = '']) => code);
      snippets.forEach((code, i) => writeFileSync(join(directory, `snippet-${i}.ts`), module(code)));
      const config = {
        extends: '../../tsconfig.json',
        compilerOptions: {
          noUnusedLocals: false,
          isolatedDeclarations: false,
          paths: { tidings: ['../../src/index.ts'], 'tidings/operators': ['../../operators/index.ts'] },
        },
        include: ['*.ts'],
      };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(root, 'node_modules/.bin/tsc');
      expect(spawnSync(tsc, ['-p', directory], { encoding: 'utf8' }).stdout).toBe('');
      expect(snippets.length).toBeGreaterThanOrEqual(operators.length);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** The context of a snippet: its imports, and events. */
function module(code: string): string {
  return `import * as rxjs from 'rxjs';
import { instant, type IncomingEvent } from 'tidings';
import * as operators from 'tidings/operators';
import type { ContainerState, Death, Filterable, Timed } from 'tidings/operators';
import type { Observable, OperatorFunction } from 'rxjs';
const { filter, firstValueFrom, lastValueFrom, map, pipe, toArray } = rxjs;
const { ${operators.join(', ')}, createExplainer, createStateTable, explainContainer, ExpressionError, isRestartLoop, parseExpression, toAsyncIterable } = operators;
declare const events: Observable<IncomingEvent>;
${code}
export {};
`;
}
