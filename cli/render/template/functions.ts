/** The functions of templates: Docker's, as far as they apply to one line. */
import { print, toJson } from './values.ts';

export interface TemplateFunction {
  /** Types of the arguments; a piped value comes last. */
  readonly takes: readonly ('any' | 'text' | 'number')[];
  /** An example, for people. */
  readonly example: string;
  call(...values: unknown[]): unknown;
}

const text = (value: unknown): string => print(value);

export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: { takes: ['any'], example: '{{json .}}', call: toJson },
  lower: { takes: ['any'], example: '{{lower .Action}}', call: (value) => text(value).toLowerCase() },
  upper: { takes: ['any'], example: '{{upper .Action}}', call: (value) => text(value).toUpperCase() },
  index: {
    takes: ['any', 'text'],
    example: '{{index .Actor.Attributes "com.example.key"}}',
    // As in Go, a missing key gives an empty text.
    call: (map, key) => (isMap(map) && Object.hasOwn(map, key as string) ? map[key as string] : ''),
  },
  pad: {
    takes: ['any', 'number', 'number'],
    example: '{{pad .Action 0 1}}',
    call: (value, before, after) => ' '.repeat(before as number) + text(value) + ' '.repeat(after as number),
  },
  truncate: {
    takes: ['any', 'number'],
    example: '{{truncate .ID 12}}',
    call: (value, length) =>
      Array.from(text(value))
        .slice(0, length as number)
        .join(''),
  },
};

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
