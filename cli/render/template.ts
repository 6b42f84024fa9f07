/**
 * Templates as in `docker events --format`: `{{.Action}} {{.Actor.Attributes.name}} {{json .}}`.
 */
import { usage } from '../exit.ts';
import { gapText, type Renderer } from './renderer.ts';
import { safe } from '../safe.ts';
import { parseTemplate, type Part } from './template/parser.ts';
import { lookUp, print } from './template/values.ts';

/** Makes a renderer of a template. Throws a `Failure` with the position if it is invalid. */
export function templateRenderer(template: string): Renderer {
  const parts = read(template);
  return {
    forPeople: false,
    event: (event, cursor) => {
      const lookUpHere = (path: readonly string[]): unknown => lookUp(path, event, cursor);
      return parts.map((part) => (typeof part === 'string' ? part : safe(print(part(lookUpHere))))).join('');
    },
    gap: gapText,
  };
}

function read(template: string): readonly Part[] {
  try {
    return parseTemplate(template);
  } catch (error) {
    if (error instanceof RangeError) throw usage(`--output: ${error.message}`, error);
    throw error;
  }
}
