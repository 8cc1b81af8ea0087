import type { Finding, FindingState } from './finding.ts';

/** Something not as recorded, from the sweep that found it first to the one that does not find it any more. */
export interface Episode {
  finding: Finding;
  /** When it was first found to stand as it does. */
  since: Date;
  /** How it stood when an event last said so; undefined when none has. */
  told: FindingState | undefined;
}

/** By the finding's key. */
export type Episodes = ReadonlyMap<string, Episode>;

export interface Look {
  findings: readonly Finding[];
  now: Date;
  /** How long something must last that may pass by itself before it is told. */
  patienceMs: number;
  /** True for what this look cannot tell: an episode of that goes on. */
  isUncertain(finding: Finding): boolean;
}

/** What a look changes: the episodes that go on, what is to be told, and what is over. */
export interface EpisodeChanges {
  episodes: Episodes;
  /** Found, and to be told: each once for as long as it stands the same. */
  begun: Finding[];
  /** Told before, and not found any more. */
  ended: Finding[];
}

/** Compares what a look found with what was found before. */
export function compareEpisodes(before: Episodes, look: Look): EpisodeChanges {
  const episodes = new Map<string, Episode>();
  const begun: Finding[] = [];
  for (const finding of look.findings) {
    const previous = before.get(finding.key);
    if (finding.state === 'unknown') {
      if (previous) episodes.set(finding.key, previous);
      continue;
    }
    const since = previous?.finding.state === finding.state ? previous.since : look.now;
    const told = previous?.told;
    const tells = told !== finding.state && isTold(finding, since, look);
    if (tells) begun.push(finding);
    episodes.set(finding.key, { finding, since, told: tells ? finding.state : told });
  }
  const gone = [...before].filter(([key]) => !look.findings.some((finding) => finding.key === key));
  for (const [key, episode] of gone) {
    if (look.isUncertain(episode.finding)) episodes.set(key, episode);
  }
  const ended = gone
    .filter(([key, { told }]) => told !== undefined && !episodes.has(key))
    .map(([, { finding }]) => finding);
  return { episodes, begun, ended };
}

/** What its daemon repairs, and a health check that fails, often pass before anybody could read of them. */
function isTold(finding: Finding, since: Date, { now, patienceMs }: Look): boolean {
  const mayPass = finding.repairedBy === 'daemon' || finding.state === 'unhealthy';
  return !mayPass || now.getTime() - since.getTime() >= patienceMs;
}
