import { expect, test } from 'vitest';
import type { Stance } from './cancel-dialog.ts';
import { interruptedError } from './operation-errors.ts';

const GOES_ON = 'interrupted: deploy 1a of web goes on at the agent of rift; look with: mcp status web';

test.each<[Stance, string, string]>([
  ['watching', '1a', `${GOES_ON}, cancel with: mcp cancel 1a`],
  ['asked', '1a', `${GOES_ON}, cancel with: mcp cancel 1a`],
  ['committed', '1a', GOES_ON],
  [
    'cancelling',
    '1a',
    'interrupted: the agent of rift goes on undoing deploy 1a of web; look with: mcp status web',
  ],
  [
    'watching',
    '',
    'interrupted: deploy of web, if it began, goes on at the agent of rift; look with: mcp status web',
  ],
])('says what goes on without the operator who left while %s "%s"', (stance, operationId, message) => {
  const subject = { verb: 'deploy', service: 'web', node: 'rift' };
  expect(interruptedError(subject, { operationId, stance }).message).toBe(message);
});
