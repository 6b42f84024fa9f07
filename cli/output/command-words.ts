/** Splits a command line into its words. */

/**
 * Splits text into words as a shell does: by white space, with '…', "…" and \ for quoting. Nothing
 * else has a meaning: no variables, globs, pipes. White space inside `{{…}}` belongs to the word.
 *
 * @throws RangeError if a quote or placeholder has no end, or there is no word
 */
export function commandWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length;) {
    const [piece, length] = pieceAt(text, at);
    if (piece === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + piece;
    at += length;
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0)
    throw new RangeError("no command: right would be 'notify-send {{.Name}} {{.Action}}'");
  return words;
}

/** A piece of a word, or undefined for white space; with its length in the text. */
function pieceAt(text: string, at: number): readonly [piece: string | undefined, length: number] {
  const char = text[at] as string;
  if (/\s/.test(char)) return [undefined, 1];
  if (text.startsWith('{{', at)) {
    const piece = text.slice(at, endOf(text, '}}', at + 2) + 2);
    return [piece, piece.length];
  }
  if (char === "'") {
    const piece = text.slice(at + 1, endOf(text, "'", at + 1));
    return [piece, piece.length + 2];
  }
  if (char === '\\') return [text[at + 1] ?? '\\', 2];
  if (char !== '"') return [char, 1];
  let piece = '';
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '"') return [piece, i + 1 - at];
    if (text[i] === '\\' && /["\\]/.test(text[i + 1] ?? '')) i++;
    piece += text[i];
  }
  throw unended(at, '"');
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  if (end >= 0) return end;
  throw unended(from - mark.length, mark);
}

function unended(at: number, mark: string): RangeError {
  return new RangeError(`invalid command: ${mark} is missing for what begins at position ${at}`);
}
