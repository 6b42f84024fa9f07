import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitMeaning, exitText } from '../../operators/exit-code.ts';

describe('the exit code of an event', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{ exitCode: '137' }, 137],
    [{ exitCode: '0' }, 0],
    [{ exitCode: '-1' }, -1],
    [{ containerExitCode: '2' }, 2],
    [{}, undefined],
    [{ exitCode: '' }, undefined],
    [{ exitCode: '1e3' }, undefined],
    [{ exitCode: '12345678901' }, undefined],
  ])('of %j is %s', (attributes, expected) => {
    expect(exitCodeOf(attributes)).toBe(expected);
  });
});

describe('the meaning of an exit code', () => {
  it.each<[number, string | undefined, string]>([
    [0, undefined, '0'],
    [1, undefined, '1'],
    [124, undefined, '124'],
    [125, 'the engine could not run it', '125'],
    [126, 'command cannot be executed', '126'],
    [127, 'command not found', '127'],
    [128, 'could not be started', '128'],
    [129, 'SIGHUP', '129'],
    [137, 'SIGKILL', '137'],
    [143, 'SIGTERM', '143'],
    [165, 'SIGRTMIN+3', '165'],
    [192, 'SIGRTMIN+30', '192'],
    [193, undefined, '193'],
    [255, undefined, '255'],
    [-1, undefined, '-1'],
    [3221225477, 'access violation', '0xC0000005'],
    [-1073741819, 'access violation', '0xC0000005'],
    [3221225786, 'Ctrl-C or shutdown', '0xC000013A'],
    [3762504530, 'unhandled .NET exception', '0xE0434352'],
    [0x40010004, 'ended by a debugger', '0x40010004'],
    [3221225728, undefined, '0xC0000100'],
  ])('%i: %s', (code, meaning, text) => {
    expect(exitMeaning(code)).toBe(meaning);
    expect(exitText(code)).toBe(text);
  });
});
