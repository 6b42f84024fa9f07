/** Rules in YAML. */
import { RulesError } from '../../../src/handlers/rules/error.ts';
import { parseRules } from '../../../src/handlers/rules/load.ts';
import { buffers, mutate } from '../mutate.ts';
import { documented, must, type Target } from '../target.ts';

const VALID = buffers(
  "rules:\n  - name: died\n    when: { filter: 'event=die' }\n    webhook: { url: 'http://receiver/' }\n",
  "rules:\n  - name: keep\n    when:\n      filter: ['event=die', 'exitCode!=0']\n      times: 3\n      within: 10m\n    restart: on-failure:3\n    cooldown: 1m\n",
  'rules:\n  - name: run\n    when: { name: web-*, absent: 5m }\n    exec: [/bin/true, "{{.Name}}"]\n    env: { A: ${HOME} }\n',
  'rules: &a\n  - &b { name: x, when: { then: [start, die] }, restart: true }\n  - <<: *b\n    name: y\n',
);
const WORDS = [
  'rules:',
  'when:',
  'filter:',
  'webhook:',
  'exec:',
  'restart:',
  '&a',
  '*a',
  '<<: *a',
  '!!binary',
  '---',
  '? ',
  '- ',
  '|\n',
  '${A}',
  '1e400',
  '!!js/function',
];

export const rules: Target = {
  name: 'rules',
  input: (random) => mutate(random, VALID, WORDS),
  run: (input) => {
    try {
      parseRules(input.toString(), 'rules.yaml');
    } catch (error) {
      documented(error, RulesError);
      const { problems, message } = error as RulesError;
      must(problems.length > 0 && message !== '', 'it states no problem');
      for (const { line } of problems) must(line >= 0, `line ${line}`);
    }
  },
};
