import { combineLatest, distinctUntilChanged, map, type Observable } from 'rxjs';

/** Emits true while one of them is true. */
export function either(one: Observable<boolean>, other: Observable<boolean>): Observable<boolean> {
  return combineLatest([one, other]).pipe(
    map(([first, second]) => first || second),
    distinctUntilChanged(),
  );
}
