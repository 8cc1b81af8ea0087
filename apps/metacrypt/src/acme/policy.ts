import type { Policy } from '../config.ts';

/** True when a policy of the account grants the name: default deny. `name` is lower case. */
export function isGranted(policies: readonly Policy[], { account, name }: { account: string; name: string }) {
  return policies.some(
    (policy) =>
      policy.account === account &&
      (policy.hostnames.includes(name) || policy.domains.some((domain) => name.endsWith(`.${domain}`))),
  );
}
