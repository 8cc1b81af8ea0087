import { expect, test } from 'vitest';
import { createLogFormat } from './log-view.ts';
import { plain } from './output.ts';

test('puts the component before each line, in a column as wide as the widest so far', () => {
  const format = createLogFormat(plain);
  const lines = ['api', 'worker', 'api'].map((component) => format({ component, line: 'ready' }));
  expect(lines).toEqual(['api | ready', 'worker | ready', 'api    | ready']);
});

test('gives each component a colour of its own and keeps it', () => {
  const format = createLogFormat((colour, text) => `<${colour}>${text}`);
  const colours = ['api', 'web', 'api'].map(
    (component) => /<(\w+)>/.exec(format({ component, line: '' }))?.[1],
  );
  expect(colours).toEqual(['cyan', 'magenta', 'cyan']);
});
