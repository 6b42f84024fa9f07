import { expect, it } from 'vitest';
import { oldName } from '../../operators/old-name.ts';

it('oldName gives the name before a rename, without the slash of Docker', () => {
  expect([{ oldName: '/web' }, { oldName: 'web' }, { oldName: '/' }, {}, undefined].map(oldName)).toEqual([
    ...['web', 'web', '', undefined, undefined],
  ]);
});
