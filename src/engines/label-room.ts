/** Bounds the labels of all containers of a list together. */
import type { Inspected } from './control.ts';

/** Characters of labels that a list may hold, as many as all states together. */
const ROOM = 16 * 1024 * 1024;

export class LabelRoom {
  #room = ROOM;

  /** The container without its labels if there is no room left for them. */
  fit(inspected: Inspected): Inspected {
    const { state, labelsLeftOut = 0 } = inspected;
    const entries = Object.entries(state.labels);
    for (const [key, value] of entries) this.#room -= key.length + value.length;
    if (this.#room >= 0 || entries.length === 0) return inspected;
    return {
      ...inspected,
      state: { ...state, labels: {} },
      labelsLeftOut: labelsLeftOut + entries.length,
    };
  }
}
