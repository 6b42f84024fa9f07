/** The keys, and the signs on the lanes. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { FATES } from '../data/fate.ts';
import type { App } from './app.ts';
import { FateSign } from './FateSign.tsx';

const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'filter'],
  ['j k', 'next and previous event'],
  ['← →', 'earlier and later'],
  ['+ −', 'zoom in and out'],
  ['space', 'pause and resume'],
  ['l', 'go live'],
  ['a', 'show all'],
  ['e c r', 'events, containers, report'],
  ['Esc', 'close, clear the selection'],
  ['?', 'this help'],
];

export function Help({ app }: { readonly app: App }): VNode | null {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (app.help) dialog.current?.showModal();
    else dialog.current?.close();
  }, [app.help]);
  const close = (): void => {
    app.help = false;
    app.changed();
  };
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={close}
      onClick={(event) => (event.target === dialog.current ? close() : undefined)}
    >
      <h2 id="help-title">Keys and signs</h2>
      <div class="help-columns">
        <dl>
          {KEYS.map(([key, text]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
        <ul class="signs">
          {Object.entries(FATES).map(([fate, text]) => (
            <li key={fate}>
              <FateSign tone={fate} /> {text}
            </li>
          ))}
          <li>
            <span class="swatch swatch-loop" /> crash loop, with its deaths
          </li>
          <li>
            <span class="swatch swatch-unhealthy" /> unhealthy
          </li>
          <li>
            <span class="swatch swatch-gap" /> gap: events are missing
          </li>
        </ul>
      </div>
      <p>
        Wheel and pinch zoom, a drag moves. A click on a run shows its cause; a click beside it shows which
        containers ran then. A drag on the axis selects a period for the list.
      </p>
      <button onClick={close}>close</button>
    </dialog>
  );
}
