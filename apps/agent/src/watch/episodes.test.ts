import { expect, test } from 'vitest';
import { compareEpisodes, type Episodes } from './episodes.ts';
import { finding, type Finding } from './finding.ts';

function found(subject: string, changes: Partial<Finding> = {}): Finding {
  const message = `${subject} is missing`;
  return finding({
    resource: 'container',
    subject,
    component: undefined,
    state: 'missing',
    message,
    repairedBy: 'agent',
    ...changes,
  });
}

/** Looks at these seconds, and what each tells: "+ subject state" for a begin, "- subject" for an end. */
function tell(looks: readonly (readonly [second: number, ...findings: (Finding | 'silence')[]])[]): string[] {
  let episodes: Episodes = new Map();
  return looks.map(([second, ...seen]) => {
    const changes = compareEpisodes(episodes, {
      findings: seen.filter((each) => each !== 'silence'),
      now: new Date(second * 1000),
      patienceMs: 45_000,
      isUncertain: () => seen.includes('silence'),
    });
    episodes = changes.episodes;
    const begun = changes.begun.map(({ subject, state }) => `+ ${subject} ${state}`);
    return [...begun, ...changes.ended.map(({ subject }) => `- ${subject}`)].join(', ');
  });
}

const exited = { state: 'exited' } as const;
const unhealthy = { state: 'unhealthy', repairedBy: 'operator' } as const;
const byDaemon = { repairedBy: 'daemon' } as const;
const unknown = { state: 'unknown', repairedBy: 'daemon' } as const;

test.each([
  [
    'is told once, and once that it is over',
    [[0, found('a')], [30, found('a')], [60], [90]],
    ['+ a missing', '', '- a', ''],
  ],
  [
    'is told again when it comes again',
    [[0, found('a')], [30], [60, found('a')]],
    ['+ a missing', '- a', '+ a missing'],
  ],
  [
    'is told again when it stands differently',
    [[0, found('a')], [30, found('a', exited)], [60]],
    ['+ a missing', '+ a exited', '- a'],
  ],
  [
    'is told beside others',
    [
      [0, found('a')],
      [30, found('a'), found('b')],
      [60, found('b')],
    ],
    ['+ a missing', '+ b missing', '- a'],
  ],
  [
    'that its daemon repairs is told when it lasts',
    [[0, found('a', byDaemon)], [30, found('a', byDaemon)], [60, found('a', byDaemon)], [90]],
    ['', '', '+ a missing', '- a'],
  ],
  [
    'that its daemon repairs in time is not told',
    [[0, found('a', byDaemon)], [30], [60, found('a', byDaemon)]],
    ['', '', ''],
  ],
  [
    'that is unhealthy is told when it lasts',
    [
      [0, found('a', unhealthy)],
      [44, found('a', unhealthy)],
      [45, found('a', unhealthy)],
    ],
    ['', '', '+ a unhealthy'],
  ],
  [
    'that is unhealthy after it ended is over when it is healthy',
    [[0, found('a', exited)], [30, found('a', unhealthy)], [60]],
    ['+ a exited', '', '- a'],
  ],
  [
    'that becomes unhealthy is told when that lasts',
    [
      [0, found('a', exited)],
      [60, found('a', unhealthy)],
      [90, found('a', unhealthy)],
      [105, found('a', unhealthy)],
    ],
    ['+ a exited', '', '', '+ a unhealthy'],
  ],
  ['is not over while nobody answers', [[0, found('a')], [30, 'silence'], [60]], ['+ a missing', '', '- a']],
  [
    'is not over while its daemon cannot ask',
    [[0, found('a', byDaemon)], [60, found('a', byDaemon)], [90, found('a', unknown)], [120]],
    ['', '+ a missing', '', '- a'],
  ],
  [
    'that is unknown is not told, however long',
    [[0, found('a', unknown)], [90, found('a', unknown)], [120]],
    ['', '', ''],
  ],
] as const)('what %s', (_, looks, told) => {
  expect(tell(looks as Parameters<typeof tell>[0])).toEqual(told);
});
