/** Sends requests for many values at a time, and emits the answers in the order of the values. */
import { Observable, type OperatorFunction, Subscription } from 'rxjs';

interface InOrderOptions<T, R> {
  /** Size of a value, in bytes. */
  readonly sizeOf: (value: T) => number;
  /** Most bytes of waiting values. */
  readonly maxBytes: number;
  /** Most waiting values. */
  readonly maxCount: number;
  /** Replaces values that arrived while too many waited. */
  readonly lost: (count: number) => R;
}

/** Most requests at a time. */
const OPEN = 16;

/** A waiting value, or a count of lost ones. */
interface Slot<T, R> {
  readonly value?: T;
  readonly size: number;
  lost: number;
  answer?: R;
  isDone: boolean;
}

/**
 * Maps each value by `ask`, which emits once. At most 16 requests run at a time; an answer waits
 * for those of earlier values. If more values wait than allowed, the later ones are dropped: `lost`
 * replaces them, in their place.
 */
export function inOrder<T, R>(
  ask: (value: T) => Observable<R>,
  { sizeOf, maxBytes, maxCount, lost }: InOrderOptions<T, R>,
): OperatorFunction<T, R> {
  return (source) =>
    new Observable<R>((out) => {
      const slots: Slot<T, R>[] = [];
      const questions = new Subscription();
      out.add(questions);
      let begun = 0;
      let open = 0;
      let bytes = 0;
      let isOver = false;

      const emit = (): void => {
        while (slots[0]?.isDone === true && !out.closed) {
          const slot = slots.shift() as Slot<T, R>;
          if (begun > 0) begun--;
          bytes -= slot.size;
          out.next(slot.lost > 0 ? lost(slot.lost) : (slot.answer as R));
        }
        if (isOver && slots.length === 0) out.complete();
      };
      const begin = (): void => {
        while (open < OPEN && begun < slots.length) {
          const slot = slots[begun++] as Slot<T, R>;
          if (slot.lost > 0) continue;
          open++;
          const question = ask(slot.value as T).subscribe({
            next: (answer) => (slot.answer = answer),
            error: (error: unknown) => out.error(error),
            complete: () => {
              slot.isDone = true;
              open--;
            },
          });
          if (!question.closed) {
            questions.add(question);
            question.add(() => {
              begin();
              emit();
            });
          }
        }
      };
      const incoming = source.subscribe({
        next: (value) => {
          const size = sizeOf(value);
          const last = slots.at(-1);
          if (slots.length < maxCount && bytes + size <= maxBytes) {
            bytes += size;
            slots.push({ value, size, lost: 0, isDone: false });
          } else if (last !== undefined && last.lost > 0) last.lost++;
          else slots.push({ size: 0, lost: 1, isDone: true });
          begin();
          emit();
        },
        error: (error: unknown) => out.error(error),
        complete: () => {
          isOver = true;
          emit();
        },
      });
      out.add(incoming);
    });
}
