import { ComponentState, ComponentStatus } from '@mcp/proto/agent';
import { expect, test } from 'vitest';
import { stateCell, uptimeCell, versionCell } from './component-view.ts';
import { plain } from './output.ts';

test('says how an exited component ended and that it has no uptime', () => {
  const exited = ComponentStatus.create({ state: ComponentState.EXITED, exitCode: 137 });
  expect(stateCell(exited, plain)).toBe('exited (137)');
  expect(uptimeCell(exited, new Date())).toBe('-');
});

test.each([
  ['mcr.test:8443/demo:v1', 'v1'],
  ['mcr.test:8443/demo:v0', 'v0, not v1'],
  ['', 'v1'],
])('shows for running image "%s" the version %s', (runningImage, cell) => {
  const status = ComponentStatus.create({ version: 'v1', image: 'mcr.test:8443/demo:v1', runningImage });
  expect(versionCell(status, plain)).toBe(cell);
});
