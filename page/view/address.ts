/** The state of the page in its address, for links. It is in the fragment, which no server gets. */
import type { Viewport } from '../time/viewport.ts';

/** The part of the state that is in the address. */
export interface AddressState {
  readonly filter?: string | undefined;
  readonly view?: Viewport | undefined;
  readonly past?: Viewport | undefined;
  readonly tab?: 'events' | 'containers' | 'report' | undefined;
}

export function readAddress(hash: string): AddressState {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const tab = params.get('tab');
  return {
    filter: params.get('filter') ?? undefined,
    view: periodIn(params.get('view')),
    past: periodIn(params.get('past')),
    tab: tab === 'containers' || tab === 'report' ? tab : undefined,
  };
}

/** Writes the state; the view is left out while it follows the live edge. */
export function writeAddress(state: {
  readonly filterText: string;
  readonly view: Viewport;
  readonly follows: boolean;
  readonly past: Viewport | undefined;
  readonly tab: string;
}): void {
  const params = new URLSearchParams();
  if (state.filterText !== '') params.set('filter', state.filterText);
  if (state.past !== undefined) params.set('past', periodText(state.past));
  if (!state.follows) params.set('view', periodText(state.view));
  if (state.tab !== 'events') params.set('tab', state.tab);
  const text = params.toString();
  // Browsers limit how often an address may change; the last change of a moment counts.
  clearTimeout(pending);
  pending = setTimeout(() => {
    try {
      history.replaceState(
        null,
        '',
        `${location.pathname}${location.search}${text === '' ? '' : `#${text}`}`,
      );
    } catch {
      // A browser that refuses too many changes, or any in a file: the page works without.
    }
  }, 200);
}

let pending: ReturnType<typeof setTimeout> | undefined;

function periodText({ from, to }: Viewport): string {
  return `${new Date(from).toISOString()}..${new Date(to).toISOString()}`;
}

function periodIn(text: string | null): Viewport | undefined {
  const [from, to] = (text ?? '').split('..').map((part) => Date.parse(part));
  if (from === undefined || to === undefined || !Number.isFinite(from) || !Number.isFinite(to))
    return undefined;
  return to - from >= 1000 ? { from, to } : undefined;
}
