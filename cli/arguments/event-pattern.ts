/** Parser of the patterns of `tidings expect`. */
import { ACTIONS, closest } from '../../operators/index.ts';
import { parseFilters } from '../../operators/expression.ts';
import { compileFilters, type Filters } from '../../operators/filters.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { type ExpectStep, parsePrinted } from './printed-line.ts';

/**
 * Parses a line that the tail printed, or `[NAME] ACTION [KEY=VALUE]…`: words; those with `=`,
 * `!=`, `<` or `>` are filters, as in `-f`.
 *
 * @throws RangeError if the pattern is invalid
 */
export function parseExpected(text: string): ExpectStep {
  const printed = parsePrinted(text);
  if (printed !== undefined) return printed;
  const words = text.trim().split(/\s+/);
  const isFilter = (word: string): boolean => /^[A-Za-z]+(!=|[<>]?=|[<>])/.test(word);
  const bare = words.filter((word) => word !== '' && !isFilter(word));
  if (bare.length > 2 || text.trim() === '') {
    throw new RangeError(
      `invalid pattern ${JSON.stringify(text.slice(0, 80))}: right would be [NAME] ACTION [KEY=VALUE]…, such as 'web-* die exitCode!=0', or a line of tidings events`,
    );
  }
  const action = bare.at(-1);
  if (bare.length === 1 && action !== undefined && !isAction(action)) {
    const meant = closest(action, ACTIONS);
    throw new RangeError(
      `invalid pattern ${JSON.stringify(text.slice(0, 80))}: '${action}' is not a known action: ` +
        (meant === undefined
          ? `right would be '${action} start'`
          : `did you mean ${meant}? A name comes first, as in '${action} start'`),
    );
  }
  const name = bare.length === 2 ? parseNamePattern(bare[0] as string) : undefined;
  const filters: Filters = parseFilters([
    ...words.filter(isFilter),
    // Docker writes `health_status: healthy`; a space would begin another word.
    ...(action === undefined ? [] : [`event=${actionOf(action)}`]),
  ]);
  const matches = compileFilters(filters);
  return {
    text: words.join(' '),
    matches: (event) => matches(event) && (name === undefined || name.matches(event) !== name.negated),
  };
}

/** The action meant by a word: the tail prints a health by its last word. */
function actionOf(word: string): string {
  return HEALTH.has(word) ? `health_status: ${word}` : word.replace(/:(?=\S)/, ': ');
}

function isAction(word: string): boolean {
  const [known = ''] = actionOf(word).split(':');
  return ACTIONS.includes(known) || /[*?]/.test(word);
}

const HEALTH = new Set(['healthy', 'unhealthy']);
