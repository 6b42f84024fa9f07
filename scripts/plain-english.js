/**
 * Counts wording that is hard to read, in pages, comments, docstrings and messages: sentences that
 * open with a question word, and a few phrases. The number may only fall:
 * `scripts/plain-english.json` holds the highest that is allowed, and is lowered by `node
 * scripts/plain-english.js --lower`. `--list` shows each place.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, root, say } from './root.js';

const LIMIT = join(root, 'scripts/plain-english.json');

/** Question words, and `And`, at the start of a sentence. */
const OPENING =
  /(?:^|[.:;!?]\s+|\/\*\*\s*|\/\/\s*|\*\s+|\|\s*)(What|Who|Whoever|Whether|How|Why|And) [a-z]+ /;

/** Phrases of old prose, each with a plain replacement in the same line. */
const PHRASES = [
  /\banew\b/i, // again
  /\bmakes? no sense\b/i, // is invalid
  /\b(?:is|are|was|were|be|been|being) told (?!apart)/i, // learns, receives
  /\btell(?:s|ing)? of\b/i, // reports
  /\b(?:is|are|was|were) none\b/i, // is invalid, does not exist
  // is not a …; `there is no …` is fine.
  /(?<!\b[Tt]?here )\b(?:is|are|was|were) no (?!longer|more|other|one|such|need|use)/,
  /\b(?:comes?|came) to something\b/i, // results in
  /\b(?:let|lets|letting) go of\b/i, // frees, deletes
  /\b(?:go|goes|went|going) on\b/i, // continues
  /\bsees? to it\b/i, // keeps, ensures
  /\bwho(?:m|so)?ever\b/i, // every user that
  /\b(?:for|to|by|of|from|with|than) who\b/, // a user that
  // the events that …
  /\b(?:by|of|from|with|for|behind|before|after|than) what (?:is|was|are|were|has|had|it|they|the|an?|one|comes?|came)\b/,
  /[a-z] (?:nobody|somebody|anybody|everybody)\b|\b(?:nobody|somebody|anybody|everybody) [a-z]/, // no user
  /\bwithout a word\b/i, // without a message
  /\b(?:can(?:not)?|could) (?:no longer )?be had\b|\bto be had\b/i, // is available
  /\bwhat(?:ever)? else\b/i, // other …
  /\bof (?:ours|theirs)\b/i, // our …
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
