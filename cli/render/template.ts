/**
 * Templates as in `docker events --format`: `{{.Action}} {{.Actor.Attributes.name}} {{json .}}`.
 */
import type { EngineEvent } from '../../src/index.ts';
import { readOption } from '../exit.ts';
import { gapText, type Renderer } from './renderer.ts';
import { safe } from '../safe.ts';
import { parseTemplate } from './template/parser.ts';
import { lookUp, print, wrongPath } from './template/values.ts';

/** Makes a renderer of a template. Throws a `Failure` with the position if it is invalid. */
export function templateRenderer(template: string): Renderer {
  return { forPeople: false, event: compileTemplate(template, '--output', safe), gap: gapText };
}

/**
 * Makes the function of an event and its cursor that fills in a template.
 *
 * @param option the option that holds it, for the message of a failure
 * @param clean changes each value that is filled in. Default: values stay as they are
 * @throws Failure with the position if the template is invalid
 */
export function compileTemplate(
  template: string,
  option: string,
  clean: (text: string) => string = String,
): (event: EngineEvent, cursor: string) => string {
  const parts = readOption(option, () => parseTemplate(template, wrongPath));
  return (event, cursor) => {
    const lookUpHere = (path: readonly string[]): unknown => lookUp(path, event, cursor);
    return parts.map((part) => (typeof part === 'string' ? part : clean(print(part(lookUpHere))))).join('');
  };
}
