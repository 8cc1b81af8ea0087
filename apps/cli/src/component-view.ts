import { ComponentState, type ComponentStatus } from '@mcp/proto/agent';
import { formatAge } from './duration.ts';
import type { Colour, Paint } from './output.ts';

const states: Record<number, { word: string; colour: Colour }> = {
  [ComponentState.RUNNING]: { word: 'running', colour: 'green' },
  [ComponentState.UNHEALTHY]: { word: 'unhealthy', colour: 'yellow' },
  [ComponentState.EXITED]: { word: 'exited', colour: 'red' },
  [ComponentState.MISSING]: { word: 'missing', colour: 'red' },
  [ComponentState.STOPPED]: { word: 'stopped', colour: 'dim' },
};

/** "running", "exited (1)". */
export function stateCell({ state, exitCode }: ComponentStatus, paint: Paint): string {
  const { word, colour } = states[state] ?? { word: 'unknown', colour: 'yellow' as const };
  return paint(colour, state === ComponentState.EXITED ? `${word} (${exitCode})` : word);
}

/** The version that runs; when another one should, that one too: "v1.0.0, not v1.1.0". */
export function versionCell({ version, image, runningImage }: ComponentStatus, paint: Paint): string {
  if (runningImage === '' || runningImage === image) return version;
  return paint('yellow', `${tagOf(runningImage)}, not ${version}`);
}

/** How long the container has run; "-" when it does not. */
export function uptimeCell({ startedAt }: ComponentStatus, now: Date): string {
  return startedAt ? formatAge(now.getTime() - startedAt.getTime()) : '-';
}

function tagOf(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return name.split(/[:@]/, 2)[1] ?? image;
}
