/** The sign of a death, in the same form as on the lanes. */
import type { VNode } from 'preact';

const PATHS: Readonly<Record<string, VNode>> = {
  failed: (
    <>
      <circle cx="8" cy="8" r="6.5" />
      <path d="M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2" class="cutout" />
    </>
  ),
  oom: (
    <>
      <path d="M8 .5L15.5 8 8 15.5.5 8z" />
      <path d="M8 4.5v4.2m0 1.6v1.6" class="cutout" />
    </>
  ),
  killed: (
    <>
      <path d="M8 1.2l7 12.6H1z" />
      <path d="M8 5.6v3.8m0 1.4v1.5" class="cutout" />
    </>
  ),
  asked: <rect x="6" y="2" width="4" height="12" rx="1" />,
  finished: <circle cx="8" cy="8" r="4" />,
  unknown: <circle cx="8" cy="8" r="3" />,
};

export function FateSign({ tone }: { readonly tone: string }): VNode | null {
  const path = PATHS[tone];
  if (path === undefined) return null;
  return (
    <svg class={`sign sign-${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      {path}
    </svg>
  );
}
