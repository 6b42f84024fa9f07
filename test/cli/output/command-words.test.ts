import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandWords } from '../../../cli/output/command-words.ts';

describe('commandWords', () => {
  it.each<[string, string[]]>([
    ['notify-send web', ['notify-send', 'web']],
    ['  a \'b c\'  "d e"f ', ['a', 'b c', 'd ef']],
    [String.raw`a\ b "c\"d\\" 'e\f' g\'`, ['a b', String.raw`c"d\ `.trim(), String.raw`e\f`, "g'"]],
    ['run {{ .Name }}-x "{{json .}}"', ['run', '{{ .Name }}-x', '{{json .}}']],
    ["a ''", ['a', '']],
    ['echo $HOME `id` $(id) * | cat > f; x & y', 'echo $HOME `id` $(id) * | cat > f; x & y'.split(' ')],
  ])('splits %j', (text, words) => {
    expect(commandWords(text)).toEqual(words);
  });

  it.each([
    ["a 'b", "invalid command: ' is missing for what begins at position 2"],
    ['a "b', 'invalid command: " is missing for what begins at position 2'],
    ['a {{.Name', 'invalid command: }} is missing for what begins at position 2'],
    [' ', "no command: right would be 'notify-send {{.Name}} {{.Action}}'"],
  ])('refuses %j', (text, message) => {
    expect(() => commandWords(text)).toThrow(new RangeError(message));
  });

  it('gives back any words that are quoted', () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        expect(commandWords(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });
});
