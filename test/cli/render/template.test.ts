import { describe, expect, it } from 'vitest';
import { templateRenderer } from '../../../cli/render/template.ts';
import type { EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const die: EngineEvent = {
  seq: 1,
  ...event({
    id: 'b568',
    action: 'die',
    name: 'c1',
    timeNano: 1795447595506563030n,
    attributes: { exitCode: '137', image: 'bb:1', 'com.example.tier': 'web' },
    source: { engine: 'docker', endpoint: 'unix:///d.sock' },
  }),
};
const render = (template: string): string => templateRenderer(template).event(die, 'k3f:1.xx');

describe('templateRenderer', () => {
  it.each([
    ['{{.Action}} {{.Actor.Attributes.name}}', 'die c1'],
    ['{{ .Type }}: {{.Status}} {{.ID}} from {{.From}}', 'container: die b568 from bb:1'],
    ['{{.Time}} {{.TimeNano}} {{.Scope}}', '1795447595 1795447595506563030 local'],
    ['{{json .Actor.ID}}\\t{{.Name|json}}', '"b568"\t"c1"'],
    ['{{json .TimeNano}}', '1795447595506563030'],
    ['{{json .Actor.Attributes}}', '{"com.example.tier":"web","exitCode":"137","image":"bb:1","name":"c1"}'],
    ['{{index .Actor.Attributes "com.example.tier"}}', 'web'],
    ['{{index .Actor.Attributes `none`}}.', '.'],
    ['{{.Actor.Attributes.none}}', '<no value>'],
    ['{{.Actor.Attributes.toString}}', '<no value>'],
    ['{{.Actor.Attributes}}', 'map[com.example.tier:web exitCode:137 image:bb:1 name:c1]'],
    ['{{.Actor}}', '{b568 map[com.example.tier:web exitCode:137 image:bb:1 name:c1]}'],
    [
      '{{.}}',
      '{die b568 bb:1 container die {b568 map[com.example.tier:web exitCode:137 image:bb:1 name:c1]} local 1795447595 1795447595506563030}',
    ],
    [
      '{{json .Actor}} {{json .Source}}',
      '{"ID":"b568","Attributes":{"com.example.tier":"web","exitCode":"137","image":"bb:1","name":"c1"}} {"Engine":"docker","Endpoint":"unix:///d.sock"}',
    ],
    ['{{.Action | upper | lower | upper}}', 'DIE'],
    ['{{truncate .ID 2}}|{{pad .Action 1 2}}|', 'b5| die  |'],
    ['a {{- .Action -}} b {{"}}"}}', 'adieb }}'],
    ['{{.Cursor}} {{.Source.Engine}} {{.Source.Endpoint}}', 'k3f:1.xx docker unix:///d.sock'],
  ])('%s', (template, line) => {
    expect(render(template)).toBe(line);
  });

  it('json of the event is the object of the API', () => {
    expect(render('{{json .}}')).toMatch(/^\{"status":"die","id":"b568",.*"timeNano":1795447595506563030\}$/);
  });

  it('lets no escapes of containers through', () => {
    const renderer = templateRenderer('{{.Name}} {{upper .Action}}');
    expect(renderer.event({ ...die, name: '\u001b[2J', action: '\u202e' }, '')).toBe(
      String.raw`\x1b[2J \u202e`,
    );
  });

  it.each([
    ['{{.Action', "'{{' without its '}}', at position 0"],
    ['ab{{}}', 'nothing to print, at position 4'],
    ['{{.Foo}}', 'unknown field .Foo: known are Status, ID, From, Type, Action'],
    ['x {{.Actor.Name}}', 'unknown field .Actor.Name: known are ID, Attributes, at position 4'],
    ['{{.Action.X}}', '.Action has no fields, at position 2'],
    ['{{.Actor.Attributes.a.b}}', '.Actor.Attributes.a is a text and has no fields'],
    ['{{.actor}}', 'unknown field .actor'],
    [
      '{{if .Action}}',
      'unknown function if: known are json, lower, upper, index, pad, truncate, at position 2',
    ],
    ['{{json}}', 'json takes one argument, not 0, as in {{json .}}, at position 2'],
    ['{{json . .}}', 'json takes one argument, not 2'],
    ['{{index .Actor 1}}', 'index takes a text here'],
    ['{{truncate .ID .ID}}', 'truncate takes a number here, as in {{truncate .ID 12}}, at position 15'],
    ['{{pad .ID 0 9999}}', '9999 is more than 1000, at position 12'],
    ['{{.Action .ID}}', '.Action is not a function and takes no arguments, at position 10'],
    ['{{json . | .ID}}', '.ID is not a function and takes no arguments'],
    ['{{. ; }}', 'unexpected ";", at position 4'],
    ['{{"\\q"}}', 'has an escape that is not known, at position 2'],
    ['{{.Action | }}', 'nothing to print, at position 12'],
  ])('refuses %s', (template, message) => {
    expect(() => templateRenderer(template)).toThrow(message);
  });
});
