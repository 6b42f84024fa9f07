/** The rules that the simulated daemon carries out. */

/** Names of rules are in `webhook-id`. */
export const RULE = 'died';
export const RULES: string = `
rules:
  - name: ${RULE}
    when: { filter: 'event=die' }
    webhook: { url: 'http://receiver/' }
`;
