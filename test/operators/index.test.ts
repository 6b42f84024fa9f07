import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as operators from '../../operators/index.ts';

const folder = fileURLToPath(new URL('../../operators', import.meta.url));
const tests = fileURLToPath(new URL('.', import.meta.url));
const index = readFileSync(join(folder, 'index.ts'), 'utf8');

describe('tidings/operators', () => {
  it('exports these', () => {
    expect(Object.keys(operators).sort()).toEqual([
      'ACTIONS',
      'ExpressionError',
      'FILTER_KEYS',
      'absent',
      'boundedReplay',
      'byExpression',
      'byFilters',
      'byName',
      'closest',
      'compileFilters',
      'concatMapBy',
      'cooldown',
      'createExplainer',
      'createNameParser',
      'createReporter',
      'createStateTable',
      'deaths',
      'distinctWithin',
      'exitMeaning',
      'explainContainer',
      'explainDeath',
      'explainEach',
      'foldRestarts',
      'foldState',
      'followsPattern',
      'formatExpression',
      'inOrder',
      'isRestartLoop',
      'matchSequence',
      'parseExpression',
      'parseFilter',
      'parseFilters',
      'parseNamePattern',
      'parseTerms',
      'perContainer',
      'runs',
      'signalName',
      'signalNumber',
      'spanText',
      'states',
      'takeUntilCancelled',
      'takeUntilTime',
      'timeWindow',
      'timesWithin',
      'toAsyncIterable',
      'withStates',
      'withoutRepeats',
    ]);
  });

  it('exports these types', () => {
    const each = index.match(/\btype \w+/g)?.map((text) => text.slice('type '.length)) ?? [];
    const listed = [...index.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(
      ([, names]) => names?.split(',') ?? [],
    );
    expect([...each, ...listed.map((name) => name.trim())].sort()).toEqual([
      'Absence',
      'AbsentOptions',
      'Cancellation',
      'Cause',
      'CompileExpression',
      'ContainerState',
      'CooldownOptions',
      'CrashLoop',
      'Death',
      'DeathsOfCause',
      'DeathsOptions',
      'Described',
      'DistinctOptions',
      'ExplainOptions',
      'ExplainedDeath',
      'Explainer',
      'Explanation',
      'FailPattern',
      'FilterKey',
      'Filterable',
      'Filters',
      'Health',
      'Illness',
      'ImageChange',
      'IterableOptions',
      'Missing',
      'NamePattern',
      'NamePatternInput',
      'Named',
      'Neighbour',
      'OrderOptions',
      'Phase',
      'QueueOptions',
      'ReplayBounds',
      'Report',
      'ReportOptions',
      'ReportedGap',
      'Reporter',
      'RestartLoop',
      'RestartOptions',
      'Run',
      'RunTimes',
      'RunsOptions',
      'Selection',
      'SequenceOptions',
      'SequenceResult',
      'Sourced',
      'StateCount',
      'StateEvent',
      'StateLookup',
      'StateTable',
      'StateTableOptions',
      'Step',
      'Stretch',
      'TimeWindow',
      'Timed',
      'TimesOptions',
      'Trouble',
      'WithState',
    ]);
  });

  it('has a test for each file', () => {
    // Without code of their own, or tried by all that use them.
    const others = [
      'cause-text.ts',
      'check.ts',
      'container-key.ts',
      'deprecated.ts',
      'drop-oldest.ts',
      'shapes.ts',
      'words.ts',
      // Tried by explanation.test.ts.
      'advice.ts',
      'neighbours.ts',
      'past-runs.ts',
      'report.ts',
    ];
    const files = readdirSync(folder).filter((file) => !others.includes(file));
    expect(files.filter((file) => !existsSync(join(tests, file.replace('.ts', '.test.ts'))))).toEqual([]);
  });
});
