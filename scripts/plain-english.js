/**
 * Counts wording that is hard to read, in pages, comments, docstrings and messages: sentences that open with a
 * question word, and a few phrases. The number may only fall: `scripts/plain-english.json` holds the highest
 * that is allowed, and is lowered by `node scripts/plain-english.js --lower`. `--list` shows each place.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, root, say } from './root.js';

const LIMIT = join(root, 'scripts/plain-english.json');

/** Openings of a sentence, and phrases. */
const OPENING = /(?:^|[.:;!?]\s+|\/\*\*\s*|\/\/\s*|\*\s+|\|\s*)(What|Who|Whoever|Whether|How) [a-z]+ /;
const PHRASES = [
  /\banew\b/i,
  /\bmakes? no sense\b/i,
  /\b(?:is|are|was|were|be) told of\b/i,
  /\b(?:is|are|was|were) none\b/i,
  /\b(?:comes?|came) to something\b/i,
  /\b(?:let|lets|letting) go of\b/i,
];

/** The places: file, line number, text. */
export function places() {
  const files = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.js', '*.mjs'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter((file) => file !== 'scripts/plain-english.js');
  return files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        isHard(line, file.endsWith('.md')) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

function isHard(line, prose) {
  if (prose) return OPENING.test(line) || PHRASES.some((phrase) => phrase.test(line));
  const comment = /^\s*(?:\/\*\*|\*|\/\/)/.test(line) || line.includes(' // ');
  if (comment && OPENING.test(line)) return true;
  return (comment || /['"`]/.test(line)) && PHRASES.some((phrase) => phrase.test(line));
}

async function check() {
  const found = places();
  if (process.argv.includes('--list')) process.stdout.write(`${found.join('\n')}\n`);
  const { most } = JSON.parse(readFileSync(LIMIT, 'utf8'));
  if (process.argv.includes('--lower') && found.length < most) {
    writeFileSync(LIMIT, `{ "most": ${found.length} }\n`);
    return say(`hard wording: ${found.length} places, ${most} before`);
  }
  if (found.length <= most) return;
  const shown = found.slice(-20).join('\n');
  throw new Error(
    `hard wording in ${found.length} places, at most ${most} are allowed: name the noun, then a verb. ` +
      `'node scripts/plain-english.js --list' shows all; the last are:\n${shown}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(check);
