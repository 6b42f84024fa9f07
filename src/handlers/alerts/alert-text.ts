/** The texts of alerts. */
import { spanText } from '../../../operators/span-text.ts';
import type { Alert } from './alert.ts';
import type { Problem } from './alert-state.ts';

/** The facts of an alert. */
export function about({
  name,
  id,
  engine,
  image,
  count,
  since,
}: Problem): Omit<Alert, 'status' | 'text' | 'endedAt'> {
  return { name, id, engine, image, count, startedAt: since };
}

/** The problem as a sentence. */
export function textOf({ name, because, count, since, last }: Problem): string {
  return `${name}: ${because}${count > 1 ? `, ${count} times in ${span(since, last)}` : ''}`;
}

/** The title of a message. */
export function titleOf(alerts: readonly Alert[]): string {
  const [first] = alerts;
  if (alerts.length === 1 && first !== undefined) return first.text;
  const firing = alerts.filter(({ status }) => status === 'firing').length;
  const resolved = alerts.length - firing;
  const parts = [
    firing === 0 ? [] : `${firing} ${firing === 1 ? 'container has a problem' : 'containers have problems'}`,
    resolved === 0 ? [] : `${resolved} recovered`,
  ];
  return parts.flat().join(', ');
}

/** A time between two instants in ms, for people. */
export function span(from: number, to: number): string {
  return spanText(BigInt(Math.max(0, Math.round(to - from))) * 1_000_000n);
}
