/** The data inside a saved page. */
import { createFrameReader, type PageFrame } from '../data/frames.ts';
import type { ContainersAnswer, Saved } from '../data/frames.ts';

export interface SavedData {
  readonly saved: Saved;
  readonly containers: ContainersAnswer | undefined;
  readonly frames: readonly PageFrame[];
}

/** Reads the data of this document; undefined if it has none. */
export function savedData(): SavedData | undefined {
  const text = document.getElementById('data')?.textContent?.trim() ?? '';
  if (text === '') return undefined;
  const [first = '', second = '', ...lines] = text.split('\n');
  const frame = createFrameReader();
  return {
    saved: JSON.parse(first) as Saved,
    containers: (JSON.parse(second) as ContainersAnswer | null) ?? undefined,
    frames: lines.flatMap((line) => frame(line) ?? []),
  };
}
