import { describe, expect, it } from 'vitest';
import { nameMatcher } from '../../operators/name-matcher.ts';
import { namePatterns } from '../../operators/name-pattern.ts';
import { event } from '../support/events.ts';

const renamed = (id: string, oldName: string, name: string) =>
  event({ id, name, action: 'rename', attributes: { oldName: `/${oldName}` } });

describe('nameMatcher', () => {
  it('tells which ids it follows, from the rename to the removal', () => {
    const told: [string, boolean][] = [];
    const matches = nameMatcher(namePatterns(['a', 'b*']), (...change) => told.push(change));
    expect(matches(renamed('1', 'a', 'x'))).toBe(true);
    expect(matches(renamed('2', 'bc', 'y'))).toBe(true);
    expect(matches(renamed('3', 'c', 'z'))).toBe(false);
    expect(matches(event({ id: '1', name: 'x', action: 'destroy' }))).toBe(true);
    expect(matches(event({ id: '1', name: 'x' }))).toBe(false);
    expect(told).toEqual([
      ['1', true],
      ['2', true],
      ['1', false],
    ]);
  });

  it('excludes what a negated pattern matched before its rename', () => {
    const matches = nameMatcher(namePatterns('!a'));
    expect(matches(renamed('1', 'a', 'x'))).toBe(false);
    expect(matches(event({ id: '1', name: 'x' }))).toBe(false);
    expect(matches(event({ id: '2', name: 'x' }))).toBe(true);
  });
});
