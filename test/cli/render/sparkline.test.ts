import { expect, it } from 'vitest';
import { sparkline } from '../../../cli/render/sparkline.ts';

it('draws each count as high as its share of the highest, and any but 0 as something', () => {
  expect(sparkline([0, 1, 4, 8], false)).toBe('·▁▄█');
  expect(sparkline([0, 1, 1000], false)).toBe('·▁█');
  expect(sparkline([0, 0], false)).toBe('··');
  expect(sparkline([0, 1, 4, 8], true)).toBe(' .=#');
});
