/** A list that only has the visible rows in the document. */
import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSize } from './element-size.ts';

export interface VirtualListProps {
  readonly class: string;
  readonly label: string;
  readonly role: 'listbox' | 'rowgroup';
  readonly count: number;
  /** Height of a row in px. */
  readonly row: number;
  /** Draws the row at an index. The slot is its key: other rows reuse its elements. */
  readonly draw: (index: number, top: number, slot: number) => VNode;
  /** True: the end stays in view while rows are added, unless the user has scrolled up. */
  readonly sticky: boolean;
  /** Count of rows that were removed at the top so far: the others keep their place. */
  readonly removed: number;
  /** The index to keep in view; undefined: none. */
  readonly current?: number | undefined;
  readonly active?: string | undefined;
  readonly children?: ComponentChildren;
}

/** Rows outside the view that are drawn too. */
const SPARE = 6;

export function VirtualList(props: VirtualListProps): VNode {
  const { count, row, draw, sticky, removed, current, active } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useSize(scroller);
  const [top, setTop] = useState(0);
  const atEnd = useRef(true);
  const drawn = useRef(0);
  const before = useRef({ removed, current });
  const end = Math.max(0, count * row - height);
  const isNewCurrent = current !== undefined && current !== before.current.current;
  const isAtEnd = sticky && atEnd.current && !isNewCurrent;
  const from = isAtEnd ? end : top;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const { removed: was } = before.current;
    before.current = { removed, current };
    if (isNewCurrent) {
      const at = current * row;
      if (at < element.scrollTop) element.scrollTop = at;
      else if (at + row > element.scrollTop + height) element.scrollTop = at + row - height;
      atEnd.current = current >= count - 1;
    } else if (isAtEnd) {
      // The position is known: reading it would lay out the page.
      if (end !== top || count !== drawn.current) element.scrollTop = count * row;
      drawn.current = count;
      return setTop(end);
    } else if (removed > was) element.scrollTop = Math.max(0, top - (removed - was) * row);
    else return;
    setTop(element.scrollTop);
  });

  const first = Math.max(0, Math.floor(from / row) - SPARE);
  const last = Math.min(count, Math.ceil((from + height) / row) + SPARE);
  const rows: VNode[] = [];
  for (let index = first; index < last; index++) rows.push(draw(index, index * row, index - first));
  return (
    <div
      ref={scroller}
      class={`virtual ${props.class}`}
      // Roles of lists need items.
      role={count === 0 ? 'group' : props.role}
      aria-label={props.label}
      aria-activedescendant={count === 0 ? undefined : active}
      tabIndex={0}
      onScroll={() => {
        const element = scroller.current;
        if (element === null) return;
        atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - row;
        setTop(element.scrollTop);
      }}
    >
      <div class="virtual-all" style={{ height: `${count * row}px` }} role="presentation">
        {rows}
      </div>
      {props.children}
    </div>
  );
}
